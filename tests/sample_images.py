"""Test images: valid ones, and each kind that must be rejected or cleaned."""

import io
import random
import struct
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

import pillow_heif
from PIL import Image

ROTATED_RIGHT = 6  # of EXIF's eight orientations, the one phones held upright write
ORIENTATION, GPS = 0x0112, 0x8825
SECRET_LOCATION = b"SECRET-LOCATION"


def an_image(width: int, height: int, colour: str = "tomato") -> Image.Image:
    return Image.new("RGB", (width, height), colour)


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def a_jpeg(width: int = 640, height: int = 480, **options: Any) -> bytes:
    return encode(an_image(width, height), "JPEG", **options)


def a_heic(image: Image.Image, **options: Any) -> bytes:
    """Written by libheif with x265, which is not registered with Pillow: only the decoder is."""
    out = io.BytesIO()
    fast = {"quality": 90, "enc_params": {"preset": "ultrafast"}, **options}
    pillow_heif.from_pillow(image).save(out, **fast)
    return out.getvalue()


def a_phone_photo() -> bytes:
    """A rotated JPEG with GPS data, a comment, and a red corner at its top left."""
    image = an_image(640, 480, "white")
    image.paste("red", (0, 0, 160, 120))
    exif = Image.Exif()
    exif[ORIENTATION] = ROTATED_RIGHT
    exif.get_ifd(GPS)[29] = SECRET_LOCATION.decode()
    return encode(image, "JPEG", exif=exif, comment=SECRET_LOCATION, quality=95)


def a_rotated_photo_with_odd_metadata(tag: int, kind: int) -> bytes:
    """A JPEG rotated right whose EXIF has this tag in a type that the tag cannot have."""
    entries = sorted(((ORIENTATION, 3, 1, b"\6\0\0\0"), (tag, kind, 4, b"odd!")))
    packed = b"".join(struct.pack("<HHI", *numbers) + value for *numbers, value in entries)
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(entries)) + packed + bytes(4)
    return a_jpeg(exif=exif)


def a_png_with_damaged_profile() -> bytes:
    content = encode(an_image(640, 480), "PNG")
    end_of_head = content.index(b"IDAT") - 4
    profile = _chunk(b"iCCP", b"icc\0\0not compressed")
    return content[:end_of_head] + profile + content[end_of_head:]


def damaged_copies(content: bytes, seed: str) -> Iterator[bytes]:
    """300 copies, in each of which up to eight bytes are others."""
    rng = random.Random(seed)
    for _ in range(300):
        damaged = bytearray(content)
        for _ in range(rng.randint(1, 8)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        yield bytes(damaged)


def an_s3_notification(key: str, sequencer: str = "A1") -> dict[str, Any]:
    """S3's notification of an upload; the key is URL-encoded."""
    return {"Records": [{"s3": {"object": {"key": quote_plus(key), "sequencer": sequencer}}}]}


def an_animation(kind: str) -> bytes:
    frames = [an_image(64, 64, colour) for colour in ("red", "green", "blue")]
    return encode(frames[0], kind, save_all=True, append_images=frames[1:])


def a_multi_picture_jpeg() -> bytes:
    """Two images in one JPEG file, as many phones write; it is not an animation."""
    return encode(an_image(640, 480), "MPO", save_all=True, append_images=[an_image(64, 48)])


def a_decompression_bomb() -> bytes:
    side = 9_400
    return a_png((side, side), depth=1, colour_type=0, rows=bytes((side // 8 + 2) * side))


def a_png(size: tuple[int, int], *, depth: int, colour_type: int, rows: bytes) -> bytes:
    """A PNG of these rows, each of which begins with the byte of its filter."""
    head = struct.pack(">IIBBBBB", *size, depth, colour_type, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check
