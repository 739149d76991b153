"""Decodes an uploaded image into upright sRGB pixels of at most the largest thumbnail's size."""

import io
import struct
import warnings

from pi_heif import register_heif_opener  # type: ignore[import-untyped]
from PIL import Image, PngImagePlugin, UnidentifiedImageError

from app.catalog.thumbnail_sizes import THUMBNAIL_WIDTHS
from workers.image_colours import MAX_PROFILE_BYTES, profile_of_primaries, to_srgb

MAX_WIDTH = THUMBNAIL_WIDTHS[-1]
MAX_HEIGHT = 2 * MAX_WIDTH
MIN_SIDE, MAX_SIDE = 16, 16_383  # pixels; the longest side that WebP can have
# By decoder: Pillow decodes a JPEG at a fraction of its size, a PNG as a whole, and a WebP or AVIF
# into several copies. The peak is below half of the function's memory, which the tests measure.
MAX_PIXELS = {
    "JPEG": 50_000_000,
    "HEIF": 50_000_000,  # HEIC is HEIF whose pixels are coded with HEVC
    "PNG": 25_000_000,
    "AVIF": 20_000_000,
    "WEBP": 20_000_000,
}
MAX_COMPLEX_PIXELS = 25_000_000  # of a HEIC with more than a phone's photo has
MULTI_PICTURE = "MPO"  # a JPEG to which a phone has appended an image of depth or brightness
ORIENTATION = 0x0112
UPRIGHT = {  # by EXIF's orientation, what turns the image upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
TURNED_ORIENTATIONS = (5, 6, 7, 8)  # width and height are exchanged
SIXTEEN_BIT_MODES = ("I;16", "I;16B", "I")
FILE_TYPE, NCLX = b"ftyp", b"colrnclx"  # boxes of HEIC and AVIF: ISO/IEC 14496-12
MAX_HEADER_BYTES = 2**16
HDR_TRANSFERS = (16, 18)  # PQ and HLG, in the numbers of ISO/IEC 23091-2

EMPTY = "The file is empty. Choose the image again."
NOT_AN_IMAGE = (
    "This is not a JPEG, PNG, WebP, HEIC or AVIF image. Save it as one of these, then upload it."
)
DAMAGED = "The image is damaged or incomplete. Save it again from the original, then upload it."
ANIMATED = "The image is animated. Upload a still image."
HDR_ONLY = "The image has HDR colours (PQ or HLG). Save it as a JPEG, then upload it."
TOO_MANY_PIXELS = (
    "The image has too many pixels. Upload a JPEG or HEIC with at most "
    f"{MAX_PIXELS['JPEG'] // 10**6} million pixels, "
    f"a PNG with at most {MAX_PIXELS['PNG'] // 10**6} million "
    f"or a WebP or AVIF with at most {MAX_PIXELS['WEBP'] // 10**6} million."
)
TOO_COMPLEX = (
    f"A HEIC with more than {MAX_COMPLEX_PIXELS // 10**6} million pixels may have neither more "
    "than 8 bits for a colour, nor transparency, nor several pictures. Save it as a JPEG, "
    "then upload it."
)
TOO_LONG = f"A side of the image is longer than {MAX_SIDE:,} pixels. Upload a smaller image."
TOO_SMALL = f"The image is too small. Upload one with at least {MIN_SIDE} pixels on each side."

Image.MAX_IMAGE_PIXELS = MAX_PIXELS["JPEG"]
PngImagePlugin.MAX_TEXT_CHUNK = MAX_PROFILE_BYTES  # of a compressed profile or text in a PNG
warnings.simplefilter("error", Image.DecompressionBombWarning)
register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)


class InvalidImage(Exception):
    """The upload is not an acceptable image. The message is for the merchant."""


def decode_image(data: bytes) -> Image.Image:
    """Decode one still image, rotate it upright, and drop everything but its pixels.

    Colours are converted to sRGB by the image's own profile, and 16 bits are scaled to 8.
    Raises ``InvalidImage``. https://cheatsheetseries.owasp.org/cheatsheets/File_Upload_Cheat_Sheet.html
    """
    if not data:
        raise InvalidImage(EMPTY)
    try:
        image = Image.open(io.BytesIO(data), formats=tuple(MAX_PIXELS))
        _check(image)
        image.draft("RGB", (MAX_WIDTH, MAX_WIDTH))
        profile = image.info.get("icc_profile") or _declared_profile(data)
        return _on_white(_reduce(image), profile)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidImage(TOO_MANY_PIXELS) from error
    except UnidentifiedImageError as error:
        raise InvalidImage(NOT_AN_IMAGE) from error
    except (OSError, ValueError, SyntaxError, RuntimeError, EOFError, IndexError) as error:
        raise InvalidImage(DAMAGED) from error


def _check(image: Image.Image) -> None:
    """Check what the header says. No pixel is decoded before."""
    is_multi_picture = image.format == MULTI_PICTURE
    decoder = "JPEG" if is_multi_picture else image.format or ""
    if image.width * image.height > MAX_PIXELS[decoder]:
        raise InvalidImage(TOO_MANY_PIXELS)
    if min(image.size) < MIN_SIDE:
        raise InvalidImage(TOO_SMALL)
    if max(image.size) > MAX_SIDE:
        raise InvalidImage(TOO_LONG)
    if decoder == "HEIF":
        _check_heic(image)
    elif getattr(image, "n_frames", 1) > 1 and not is_multi_picture:
        raise InvalidImage(ANIMATED)


def _check_heic(image: Image.Image) -> None:
    """Several pictures are a burst, of which the primary one is shown."""
    if image.width * image.height > MAX_COMPLEX_PIXELS and _is_complex(image):
        raise InvalidImage(TOO_COMPLEX)


def _is_complex(image: Image.Image) -> bool:
    """Whether a HEIC needs more memory for each pixel than the photo of a phone."""
    has_deep_colours = image.info.get("bit_depth", 8) > 8
    return has_deep_colours or image.mode == "RGBA" or getattr(image, "n_frames", 1) > 1


def _declared_profile(data: bytes) -> bytes:
    """The profile of the primaries that a HEIC or AVIF declares by numbers instead of a profile.

    Raises ``InvalidImage`` if the colours are of high dynamic range. Empty for other files.
    """
    place = data.find(NCLX, 0, MAX_HEADER_BYTES) + len(NCLX)
    if data[4:8] != FILE_TYPE or place < len(NCLX):
        return b""
    primaries, transfer = struct.unpack_from(">HH", data, place)
    if transfer in HDR_TRANSFERS:
        raise InvalidImage(HDR_ONLY)
    return profile_of_primaries(primaries)


def _reduce(image: Image.Image) -> Image.Image:
    """The image upright and no larger than the largest thumbnail.

    It is reduced first, so that only the decoder needs memory for all of its pixels. Pillow's own
    ``exif_transpose`` would write the metadata again, and fails if a camera wrote odd ones.
    """
    orientation = image.getexif().get(ORIENTATION)
    is_turned = orientation in TURNED_ORIENTATIONS
    reduced = _with_plain_pixels(image)
    box = (MAX_WIDTH, MAX_HEIGHT)
    reduced.thumbnail(box[::-1] if is_turned else box)
    return reduced.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else reduced


def _with_plain_pixels(image: Image.Image) -> Image.Image:
    """In a mode that can be resized: 8 bits for each channel, no palette, alpha as a channel."""
    if image.mode in SIXTEEN_BIT_MODES:
        return image.point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if "transparency" in image.info:
        return image.convert("RGBA")
    mode = {"P": "RGB", "PA": "RGBA", "1": "L"}.get(image.mode, image.mode)
    if image.format == "HEIF" and not _is_complex(image):
        image.load()  # it is large, so it is not copied
        return image
    return image.convert(mode)


def _on_white(image: Image.Image, profile: bytes) -> Image.Image:
    """Copy the pixels onto a white image, without location, comments or appended files."""
    copy = Image.new("RGB", image.size, "white")
    if image.mode in ("RGBA", "LA"):
        opaque = image.convert("RGB" if image.mode == "RGBA" else "L")
        copy.paste(to_srgb(opaque, profile), mask=image.getchannel("A"))
    else:
        copy.paste(to_srgb(image, profile))
    return copy
