"""Photos in the formats of phones were refused: HEIC, and AVIF of newer cameras and tools.

Their bytes are made by libheif and libavif here, and decoded by what the function has.
https://nokiatech.github.io/heif/technical.html, https://aomediacodec.github.io/av1-avif/
"""

import io
import struct
import warnings

import pillow_heif
import pytest
from PIL import Image

from app.catalog.image_uploads import ACCEPTED_TYPES
from tests.colour_profiles import DISPLAY_P3, SRGB, RgbSpace, difference
from tests.sample_images import ORIENTATION, a_heic, an_image, damaged_copies, encode
from workers.image_colours import DISPLAY_P3_PRIMARIES, REC_2020_PRIMARIES, profile_of_primaries
from workers.image_decoding import (
    ANIMATED,
    DAMAGED,
    HDR_TRANSFERS,
    MAX_PIXELS,
    NOT_AN_IMAGE,
    TOO_COMPLEX,
    TOO_MANY_PIXELS,
    InvalidImage,
    decode_image,
)

MAX_DIFFERENCE = 4  # of colours that were compressed with losses
MOSS = (110, 140, 70)
NCLX = b"colrnclx"
REC_2020 = RgbSpace(((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), SRGB.to_linear)


def an_avif(image: Image.Image, **options: object) -> bytes:
    return encode(image, "AVIF", speed=10, quality=90, **options)


KINDS = {"HEIC": a_heic, "AVIF": an_avif}


def with_nclx(data: bytes, primaries: int, transfer: int) -> bytes:
    """The same pixels, declared to be of these primaries: ISO/IEC 23091-2 (CICP)."""
    place = data.index(NCLX) + len(NCLX)
    return data[:place] + struct.pack(">HH", primaries, transfer) + data[place + 4 :]


def reason(data: bytes) -> str:
    with pytest.raises(InvalidImage) as raised:
        decode_image(data)
    return str(raised.value)


def shown(image: Image.Image, place: tuple[int, int] = (20, 20)) -> tuple[float, float, float]:
    pixel = image.getpixel(place)
    assert isinstance(pixel, tuple)
    return SRGB.lab([round(value) for value in pixel])


@pytest.mark.parametrize("kind", KINDS)
def test_photo_of_a_phone_is_decoded(kind: str) -> None:
    data = KINDS[kind](an_image(2_400, 1_600))

    decoded = decode_image(data)

    assert data[4:8] == b"ftyp"
    assert (decoded.mode, decoded.size) == ("RGB", (1_920, 1_280))
    assert difference(shown(decoded), SRGB.lab((255, 99, 71))) <= MAX_DIFFERENCE


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_photo_is_turned_upright_once(kind: str, orientation: int) -> None:
    """Both the container and EXIF can say how: the container's word counts, and only once."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    original = an_image(128, 96, "white")
    original.paste("red", (0, 0, 48, 48))
    corners = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "tl", 6: "tr", 7: "br", 8: "bl"}

    decoded = decode_image(KINDS[kind](original, exif=exif.tobytes()))

    width, height = decoded.size
    assert (width, height) == ((96, 128) if orientation >= 5 else (128, 96))
    places = {
        "tl": (9, 9),
        "tr": (width - 9, 9),
        "bl": (9, height - 9),
        "br": (width - 9, height - 9),
    }
    pixels = {name: decoded.getpixel(place) for name, place in places.items()}
    assert [name for name, pixel in pixels.items() if pixel[1] < 90] == [corners[orientation]]  # type: ignore[index]


@pytest.mark.parametrize("kind", KINDS)
def test_colours_of_an_embedded_profile_are_converted(kind: str) -> None:
    """iPhones embed the profile of Display P3."""
    data = KINDS[kind](an_image(64, 48, "rgb(110,140,70)"), icc_profile=DISPLAY_P3.profile())

    assert difference(shown(decode_image(data)), DISPLAY_P3.lab(MOSS)) <= MAX_DIFFERENCE


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("primaries", "space"),
    [(1, SRGB), (2, SRGB), (12, DISPLAY_P3), (9, REC_2020)],
    ids=["BT.709", "unspecified", "Display P3", "BT.2020"],
)
def test_colours_of_declared_primaries_are_converted(
    kind: str, primaries: int, space: RgbSpace
) -> None:
    """Android declares Display P3 by numbers alone."""
    data = with_nclx(KINDS[kind](an_image(64, 48, "rgb(110,140,70)")), primaries, 13)

    assert difference(shown(decode_image(data)), space.lab(MOSS)) <= MAX_DIFFERENCE


@pytest.mark.parametrize(
    ("primaries", "space"), [(DISPLAY_P3_PRIMARIES, DISPLAY_P3), (REC_2020_PRIMARIES, REC_2020)]
)
def test_profile_of_primaries_equals_the_computed_one(primaries: int, space: RgbSpace) -> None:
    data = encode(an_image(64, 48, "rgb(190,110,80)"), "PNG", icc_profile=b"")
    ours = encode(
        Image.new("RGB", (64, 48), (190, 110, 80)),
        "PNG",
        icc_profile=profile_of_primaries(primaries),
    )

    assert difference(shown(decode_image(ours)), space.lab((190, 110, 80))) <= 1
    assert difference(shown(decode_image(data)), space.lab((190, 110, 80))) > 5


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("transfer", HDR_TRANSFERS)
def test_hdr_photo_is_refused_with_the_reason(kind: str, transfer: int) -> None:
    data = with_nclx(KINDS[kind](an_image(64, 48)), 9, transfer)

    assert "HDR" in reason(data)


@pytest.mark.parametrize("kind", KINDS)
def test_transparent_pixels_are_white(kind: str) -> None:
    image = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
    image.paste((200, 30, 30, 255), (0, 0, 32, 48))

    decoded = decode_image(KINDS[kind](image))

    right = decoded.getpixel((55, 20))
    assert isinstance(right, tuple)
    assert min(right) > 245
    assert difference(shown(decoded, (8, 20)), SRGB.lab((200, 30, 30))) <= MAX_DIFFERENCE


def test_ten_bits_are_scaled_to_eight() -> None:
    pixels = struct.pack("<3H", 128 * 257, 64 * 257, 200 * 257) * (64 * 48)
    image = pillow_heif.from_bytes("RGB;16", (64, 48), pixels)

    out = io.BytesIO()
    image.save(out, quality=-1, chroma=444)

    decoded = decode_image(out.getvalue())

    assert difference(shown(decoded), SRGB.lab((128, 64, 200))) <= 1


def test_several_pictures_in_one_heic_show_the_primary_one() -> None:
    """A burst, not an animation."""
    sizes = ((640, 480), (320, 240))
    file = pillow_heif.from_pillow(an_image(*sizes[0]))
    file.add_from_pillow(an_image(*sizes[1]))
    for primary, size in enumerate(sizes):
        out = io.BytesIO()
        file.save(out, primary_index=primary)

        assert decode_image(out.getvalue()).size == size


def test_animated_avif_is_refused() -> None:
    frames = [an_image(64, 64, colour) for colour in ("red", "green")]

    assert reason(an_avif(frames[0], save_all=True, append_images=frames[1:])) == ANIMATED


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_photo_is_refused(kind: str) -> None:
    data = KINDS[kind](Image.effect_noise((640, 480), 90).convert("RGB"))

    assert reason(data[: len(data) // 2]) in (DAMAGED, NOT_AN_IMAGE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore")
def test_damaged_photo_is_decoded_or_refused_but_never_crashes(kind: str) -> None:
    content = KINDS[kind](an_image(80, 64))
    for damaged in damaged_copies(content, kind):
        try:
            decode_image(damaged)
        except InvalidImage:
            continue


# --- size and memory ---------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_photo_beyond_its_limit_is_refused_before_a_pixel_is_decoded() -> None:
    """The header alone is enough: it says more pixels than the file has."""
    for kind, size in (("HEIF", (8_000, 6_251)), ("AVIF", (5_000, 4_001))):
        small = KINDS["HEIC" if kind == "HEIF" else kind](an_image(64, 64))
        larger = small.replace(struct.pack(">II", 64, 64), struct.pack(">II", *size))

        assert size[0] * size[1] > MAX_PIXELS[kind]
        assert reason(larger) == TOO_MANY_PIXELS


@pytest.mark.parametrize("kind", KINDS)
def test_header_that_understates_the_size_allocates_no_more(kind: str) -> None:
    large = KINDS[kind](an_image(640, 480))
    small = large.replace(struct.pack(">II", 640, 480), struct.pack(">II", 64, 48))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            assert decode_image(small).size == (64, 48)
        except InvalidImage:
            return


@pytest.mark.parametrize("kind", KINDS)
def test_complex_heic_has_the_lower_limit(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is lowered, since x265 takes long for millions of pixels."""
    monkeypatch.setattr("workers.image_decoding.MAX_COMPLEX_PIXELS", 64 * 63)
    transparent = KINDS[kind](Image.new("RGBA", (64, 64), (9, 9, 9, 9)))

    assert decode_image(KINDS[kind](an_image(64, 64))).size == (64, 64)
    if kind == "HEIC":
        assert reason(transparent) == TOO_COMPLEX
    else:
        assert decode_image(transparent).size == (64, 64)


def test_formats_of_phones_are_offered_and_signed() -> None:
    assert {"image/heic", "image/heif", "image/avif"} <= set(ACCEPTED_TYPES)
    assert "HEIC" in NOT_AN_IMAGE
    assert "AVIF" in TOO_MANY_PIXELS
