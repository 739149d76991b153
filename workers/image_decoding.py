"""Decodes an uploaded image into upright sRGB pixels of at most the largest thumbnail's size."""

import io
import warnings

from PIL import Image, ImageCms, PngImagePlugin, UnidentifiedImageError

from app.catalog.thumbnail_sizes import THUMBNAIL_WIDTHS

MAX_WIDTH = THUMBNAIL_WIDTHS[-1]
MAX_HEIGHT = 2 * MAX_WIDTH
MIN_SIDE, MAX_SIDE = 16, 16_383  # pixels; the longest side that WebP can have
# By decoder: Pillow decodes a JPEG at a fraction of its size, a PNG as a whole, and a WebP into
# several copies. The peak is below half of the function's memory, which the tests measure.
MAX_PIXELS = {"JPEG": 50_000_000, "PNG": 25_000_000, "WEBP": 20_000_000}
MULTI_PICTURE = "MPO"  # a JPEG to which a phone has appended an image of depth or brightness
MAX_PROFILE_BYTES = 4 * 2**20
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
SRGB = ImageCms.createProfile("sRGB")

EMPTY = "The file is empty. Choose the image again."
NOT_AN_IMAGE = "This is not a JPEG, PNG or WebP image. Save it as one of these, then upload it."
DAMAGED = "The image is damaged or incomplete. Save it again from the original, then upload it."
ANIMATED = "The image is animated. Upload a still image."
TOO_MANY_PIXELS = (
    "The image has too many pixels. Upload a JPEG with at most "
    f"{MAX_PIXELS['JPEG'] // 10**6} million pixels, "
    f"a PNG with at most {MAX_PIXELS['PNG'] // 10**6} million "
    f"or a WebP with at most {MAX_PIXELS['WEBP'] // 10**6} million."
)
TOO_LONG = f"A side of the image is longer than {MAX_SIDE:,} pixels. Upload a smaller image."
TOO_SMALL = f"The image is too small. Upload one with at least {MIN_SIDE} pixels on each side."

Image.MAX_IMAGE_PIXELS = MAX_PIXELS["JPEG"]
PngImagePlugin.MAX_TEXT_CHUNK = MAX_PROFILE_BYTES  # of a compressed profile or text in a PNG
warnings.simplefilter("error", Image.DecompressionBombWarning)


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
        return _on_white(_reduce(image), image.info.get("icc_profile") or b"")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidImage(TOO_MANY_PIXELS) from error
    except UnidentifiedImageError as error:
        raise InvalidImage(NOT_AN_IMAGE) from error
    except (OSError, ValueError, SyntaxError) as error:
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
    if getattr(image, "n_frames", 1) > 1 and not is_multi_picture:
        raise InvalidImage(ANIMATED)


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
    return image.convert({"P": "RGB", "PA": "RGBA", "1": "L"}.get(image.mode, image.mode))


def _on_white(image: Image.Image, profile: bytes) -> Image.Image:
    """Copy the pixels onto a white image, without location, comments or appended files."""
    copy = Image.new("RGB", image.size, "white")
    if image.mode in ("RGBA", "LA"):
        opaque = image.convert("RGB" if image.mode == "RGBA" else "L")
        copy.paste(_to_srgb(opaque, profile), mask=image.getchannel("A"))
    else:
        copy.paste(_to_srgb(image, profile))
    return copy


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert the colours by the ICC profile; one that is damaged or does not fit is ignored.

    https://www.color.org/specification/ICC.1-2022-05.pdf
    """
    if 0 < len(profile) <= MAX_PROFILE_BYTES:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")
