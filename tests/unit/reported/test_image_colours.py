"""A colour mode is thrown away instead of converted: photoprism#1522 and Pillow#2574.

Phones take photos in Display P3, cameras in Adobe RGB, and print shops send CMYK. Without its
profile such an image is dull or too bright; a 16-bit image cut to 8 bits is white.
"""

import io
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.catalog.thumbnail_sizes import THUMBNAIL_WIDTHS
from tests.colour_profiles import (
    ADOBE_RGB,
    DISPLAY_P3,
    SRGB,
    RgbSpace,
    Vector,
    cmyk_profile,
    difference,
    gray_profile,
    srgb_to_linear,
)
from tests.sample_images import ROTATED_RIGHT, a_png, an_image, encode
from workers.image_colours import MAX_PROFILE_BYTES
from workers.image_decoding import decode_image
from workers.thumbnails import encode_webp

MAX_DIFFERENCE = 2
SPACES = {"Display P3": DISPLAY_P3, "Adobe RGB": ADOBE_RGB, "sRGB": SRGB}
COLOURS = {  # inside sRGB in each of the spaces
    "teal": (95, 140, 130),
    "terracotta": (190, 110, 80),
    "moss": (110, 140, 70),
    "ink": (40, 50, 110),
    "cream": (240, 230, 210),
    "grey": (128, 128, 128),
    "black": (0, 0, 0),
    "white": (255, 255, 255),
}
KINDS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 100, "subsampling": 0},
    "PNG": {},
    "WEBP": {"lossless": True},
}
INKS: dict[tuple[int, ...], Vector] = {
    (0, 0, 0, 0): (100, 0, 0),
    (1, 0, 0, 0): (60, -25, -30),
    (0, 1, 0, 0): (50, 55, 0),
    (0, 0, 1, 0): (85, 0, 65),
    (0, 0, 0, 1): (0, 0, 0),
}


def colour_of_inks(inks: Sequence[int]) -> Vector:
    """Paper is white and black ink is black, so that no intent has to stretch the range."""
    return INKS.get(tuple(inks), (0, 0, 0))


def shown_colour(image: Image.Image, place: tuple[int, int] = (20, 20)) -> Vector:
    """The colour that a browser shows for a file without a profile."""
    pixel = image.getpixel(place)
    assert isinstance(pixel, tuple)
    return SRGB.lab([round(value) for value in pixel])


def patch(colour: Sequence[int] | int, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (64, 48), colour if isinstance(colour, int) else tuple(colour))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("space", SPACES)
def test_colours_of_a_profile_are_shown_as_they_were_taken(
    space: str, colour: str, kind: str
) -> None:
    pixel, profile = COLOURS[colour], SPACES[space].profile()
    data = encode(patch(pixel), kind, icc_profile=profile, **KINDS[kind])

    decoded = decode_image(data)

    assert difference(shown_colour(decoded), SPACES[space].lab(pixel)) <= MAX_DIFFERENCE


def test_difference_without_the_profile_would_be_seen() -> None:
    """The measure notices the fault: the same numbers read as sRGB are other colours."""
    for space in (DISPLAY_P3, ADOBE_RGB):
        shifts = [difference(SRGB.lab(it), space.lab(it)) for it in COLOURS.values()]
        assert max(shifts) > 3 * MAX_DIFFERENCE


@given(st.sampled_from([DISPLAY_P3, ADOBE_RGB]), st.tuples(*[st.integers(60, 190)] * 3))
def test_any_muted_colour_is_kept(space: RgbSpace, pixel: tuple[int, int, int]) -> None:
    grey = sum(pixel) // 3
    muted = [round(grey + (value - grey) / 2) for value in pixel]

    decoded = decode_image(encode(patch(muted), "PNG", icc_profile=space.profile()))

    assert difference(shown_colour(decoded), space.lab(muted)) <= MAX_DIFFERENCE


def test_converted_image_is_converted_once() -> None:
    """A thumbnail has no profile, so that a second upload of it changes no colour."""
    original = encode(patch((110, 140, 70)), "PNG", icc_profile=DISPLAY_P3.profile())
    thumbnail = encode_webp(decode_image(original), 64)

    assert "icc_profile" not in Image.open(io.BytesIO(thumbnail)).info
    once, twice = decode_image(original), decode_image(thumbnail)
    assert difference(shown_colour(once), shown_colour(twice)) <= MAX_DIFFERENCE


@pytest.mark.parametrize("inks", INKS)
def test_cmyk_is_converted_by_its_profile(inks: tuple[int, ...]) -> None:
    image = patch([ink * 255 for ink in inks], "CMYK")
    data = encode(image, "JPEG", quality=100, icc_profile=cmyk_profile(colour_of_inks))

    assert difference(shown_colour(decode_image(data)), INKS[inks]) <= MAX_DIFFERENCE


def test_cmyk_without_a_profile_is_still_shown() -> None:
    decoded = decode_image(encode(patch((255, 0, 0, 0), "CMYK"), "JPEG", quality=100))

    assert decoded.getpixel((5, 5)) == (0, 255, 255)


def test_gray_is_converted_by_its_profile() -> None:
    data = encode(patch(128, "L"), "PNG", icc_profile=gray_profile(1.0))

    decoded = decode_image(data).getpixel((5, 5))

    assert isinstance(decoded, tuple)
    assert srgb_to_linear(decoded[0] / 255) == pytest.approx(128 / 255, abs=0.01)
    assert len(set(decoded)) == 1


@pytest.mark.parametrize("size", [(64, 48), (4_000, 300)])
@pytest.mark.parametrize("value", [0, 257, 12_850, 32_896, 40_000, 65_535])
def test_sixteen_bit_gray_is_scaled_to_eight(value: int, size: tuple[int, int]) -> None:
    data = encode(Image.new("I;16", size, value), "PNG")

    assert decode_image(data).getpixel((20, 20)) == (round(value / 257),) * 3


def test_sixteen_bit_colours_are_scaled_to_eight() -> None:
    """Pillow cannot write this kind, so its bytes are written here."""
    row = b"\0" + b"\x80\x00\x40\x00\xff\xff" * 64
    data = a_png((64, 64), depth=16, colour_type=2, rows=row * 64)

    assert decode_image(data).getpixel((20, 20)) == (128, 64, 255)


def half_transparent(mode: str) -> bytes:
    """Red on the left, transparent on the right."""
    image = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
    image.paste((200, 30, 30, 255), (0, 0, 32, 48))
    if mode == "LA":
        return encode(image.convert("LA"), "PNG")
    if mode == "RGBA":
        return encode(image, "PNG", icc_profile=DISPLAY_P3.profile())
    palette = Image.new("P", (64, 48), 1)
    palette.putpalette([200, 30, 30, 0, 0, 0])
    palette.paste(0, (0, 0, 32, 48))
    return encode(palette, "PNG", transparency=1)


@pytest.mark.parametrize("mode", ["P", "RGBA", "LA"])
def test_transparent_pixels_are_white_in_every_mode(mode: str) -> None:
    decoded = decode_image(half_transparent(mode))

    assert decoded.mode == "RGB"
    assert decoded.getpixel((50, 20)) == (255, 255, 255)
    assert decoded.getpixel((10, 20)) != (255, 255, 255)


def test_large_palette_image_is_reduced_without_steps() -> None:
    """A palette is resolved before the image is reduced: in between lie colours of no palette."""
    stripes = Image.new("P", (4_000, 64), 0)
    stripes.putpalette([0, 0, 0, 255, 255, 255])
    for x in range(0, 4_000, 2):
        stripes.paste(1, (x, 0, x + 1, 64))

    pixel = decode_image(encode(stripes, "PNG")).getpixel((900, 15))

    assert isinstance(pixel, tuple)
    assert 90 < pixel[0] < 165


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photo_is_upright_in_its_own_colours(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"exif": exif, "icc_profile": DISPLAY_P3.profile(), "quality": 100}

    decoded = decode_image(encode(patch((110, 140, 70)), "JPEG", **options))

    is_turned = orientation >= ROTATED_RIGHT - 1
    assert decoded.size == ((48, 64) if is_turned else (64, 48))
    assert difference(shown_colour(decoded), DISPLAY_P3.lab((110, 140, 70))) <= MAX_DIFFERENCE


@pytest.mark.parametrize(
    ("size", "upright"), [((6_000, 1_000), (640, 3_840)), ((1_000, 6_000), (1_920, 320))]
)
def test_turned_photo_has_the_size_of_an_upright_one(
    size: tuple[int, int], upright: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = ROTATED_RIGHT

    assert decode_image(encode(an_image(*size), "JPEG", exif=exif)).size == upright
    assert upright[0] <= THUMBNAIL_WIDTHS[-1]


@pytest.mark.parametrize(
    "profile",
    [
        b"no profile",
        DISPLAY_P3.profile()[:200],
        cmyk_profile(colour_of_inks),
        gray_profile(2.2),
        DISPLAY_P3.profile().replace(b"acsp", b"xxxx"),
    ],
    ids=["text", "truncated", "CMYK", "gray", "damaged"],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_profile_that_does_not_fit_is_ignored(kind: str, profile: bytes) -> None:
    data = encode(patch((110, 140, 70)), kind, icc_profile=profile, **KINDS[kind])

    assert difference(shown_colour(decode_image(data)), SRGB.lab((110, 140, 70))) <= MAX_DIFFERENCE


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_large_profile_is_used_up_to_a_limit(kind: str) -> None:
    """Profiles of printers and scanners have megabytes; one that is larger is not read."""
    profile, pixel = DISPLAY_P3.profile(), (110, 140, 70)
    large = encode(patch(pixel), kind, icc_profile=profile + bytes(2 * 2**20), **KINDS[kind])
    larger = encode(patch(pixel), "JPEG", icc_profile=profile + bytes(MAX_PROFILE_BYTES))

    assert difference(shown_colour(decode_image(large)), DISPLAY_P3.lab(pixel)) <= MAX_DIFFERENCE
    assert difference(shown_colour(decode_image(larger)), SRGB.lab(pixel)) <= MAX_DIFFERENCE


@given(st.binary(max_size=3_000), st.integers(0, 3_000))
def test_damaged_profile_never_crashes(noise: bytes, place: int) -> None:
    profile = DISPLAY_P3.profile()
    damaged = profile[:place] + noise + profile[place + len(noise) :]

    assert decode_image(encode(patch((1, 2, 3)), "PNG", icc_profile=damaged)).mode == "RGB"
