"""Pictures made on the spot: good ones, and each kind that must be refused or cleaned."""

import io
import struct
import zlib
from typing import Any
from urllib.parse import quote_plus

from PIL import Image

ROTATED_RIGHT = 6  # of EXIF's eight orientations, the one phones held upright write
ORIENTATION, GPS = 0x0112, 0x8825
SECRET_PLACE = b"SECRET-PLACE"


def a_picture(width: int, height: int, colour: str = "tomato") -> Image.Image:
    return Image.new("RGB", (width, height), colour)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def a_jpeg(width: int = 640, height: int = 480, **options: Any) -> bytes:
    return saved(a_picture(width, height), "JPEG", **options)


def a_jpeg_of_a_phone() -> bytes:
    """Lying on its side, with a place, a comment and the red corner that shows which way is up."""
    picture = a_picture(640, 480, "white")
    picture.paste("red", (0, 0, 160, 120))
    exif = Image.Exif()
    exif[ORIENTATION] = ROTATED_RIGHT
    exif.get_ifd(GPS)[29] = SECRET_PLACE.decode()
    return saved(picture, "JPEG", exif=exif, comment=SECRET_PLACE, quality=95)


def a_notice(key: str, sequencer: str = "A1") -> dict[str, Any]:
    """As S3 tells of an upload: the key is encoded like a form's field."""
    return {"Records": [{"s3": {"object": {"key": quote_plus(key), "sequencer": sequencer}}}]}


def an_animation(kind: str) -> bytes:
    frames = [a_picture(64, 64, colour) for colour in ("red", "green", "blue")]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:])


def a_picture_with_depth() -> bytes:
    """Two pictures in one JPEG file, as many phones write: the second is no animation."""
    return saved(a_picture(640, 480), "MPO", save_all=True, append_images=[a_picture(64, 48)])


def a_small_file_of_88_megapixels() -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + name
            + content
            + struct.pack(">I", zlib.crc32(name + content))
        )

    side = 9_400
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side // 8 + 2) * side), 9)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
