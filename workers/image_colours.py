"""Converts the colours of a decoded image to sRGB, by its profile or its declared primaries."""

import io
import struct

from PIL import Image, ImageCms

MAX_PROFILE_BYTES = 4 * 2**20
SRGB = ImageCms.createProfile("sRGB")
# The colour spaces that phones declare by numbers: ISO/IEC 23091-2 (CICP), table 2.
DISPLAY_P3_PRIMARIES, REC_2020_PRIMARIES = 12, 9
# Red, green and blue as XYZ for the white point D50, as ICC profiles have them.
COLORANTS = {
    DISPLAY_P3_PRIMARIES: (
        (0.515121, 0.241196, -0.001053),
        (0.291977, 0.692245, 0.041885),
        (0.157104, 0.066574, 0.784073),
    ),
    REC_2020_PRIMARIES: (
        (0.673459, 0.279033, -0.001931),
        (0.165661, 0.675338, 0.029984),
        (0.125100, 0.045613, 0.796858),
    ),
}
COLORANT_TAGS = (b"rXYZ", b"gXYZ", b"bXYZ")
PROFILE_HEADER_BYTES, TAG_ENTRY = 128, ">4sII"  # of a tag: its name, offset and size


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
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


def profile_of_primaries(primaries: int) -> bytes:
    """An ICC profile with these primaries and sRGB's curve; empty for sRGB and unknown ones."""
    if primaries not in COLORANTS:
        return b""
    profile = bytearray(ImageCms.ImageCmsProfile(SRGB).tobytes())
    (count,) = struct.unpack_from(">I", profile, PROFILE_HEADER_BYTES)
    first = PROFILE_HEADER_BYTES + 4
    entries = {
        name: offset
        for name, offset, _ in struct.iter_unpack(TAG_ENTRY, profile[first : first + 12 * count])
    }
    for tag, colorant in zip(COLORANT_TAGS, COLORANTS[primaries], strict=True):
        values = (round(value * 65_536) for value in colorant)
        struct.pack_into(">3i", profile, entries[tag] + 8, *values)
    return bytes(profile)
