"""One limit for two decoders, and the wrong reason: photoprism#1522, Pillow#2574.

A JPEG is decoded at a fraction of its size, so that a photo of 24 megapixels needs little memory;
a PNG or WebP of that size needs much more. Each rule has a message of its own.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from infra.build.bundles import ROOT
from infra.local.packaging import read_template
from tests.printed_figures import PrintFigure
from tests.sample_images import a_heic, a_jpeg, a_png, an_image, encode
from workers.image_decoding import (
    DAMAGED,
    EMPTY,
    HDR_ONLY,
    MAX_PIXELS,
    MAX_SIDE,
    MIN_SIDE,
    NOT_AN_IMAGE,
    TOO_COMPLEX,
    TOO_LONG,
    TOO_MANY_PIXELS,
    TOO_SMALL,
    InvalidImage,
    decode_image,
)

ACCEPTED = {
    "24 megapixels of a phone": ("JPEG", (6_000, 4_000)),
    "48 megapixels of a phone": ("JPEG", (8_064, 6_048)),
    "a wide photo": ("JPEG", (8_001, 400)),
    "a panorama": ("JPEG", (16_382, 2_048)),
    "a banner": ("PNG", (9_000, 500)),
    "a high one": ("WEBP", (400, 8_001)),
    "the longest side": ("PNG", (MAX_SIDE, MIN_SIDE)),
    "the smallest": ("PNG", (MIN_SIDE, MIN_SIDE)),
}
TOO_LARGE = (TOO_LONG, TOO_MANY_PIXELS, TOO_SMALL)
REFUSED = {
    "a JPEG with too many pixels": ("JPEG", (10_000, 5_001), TOO_MANY_PIXELS),
    "a PNG with too many pixels": ("PNG", (5_000, 5_001), TOO_MANY_PIXELS),
    "a WebP with too many pixels": ("WEBP", (5_000, 4_001), TOO_MANY_PIXELS),
    "a side that is too long": ("JPEG", (MAX_SIDE + 1, 400), TOO_LONG),
    "a height that is too long": ("PNG", (400, MAX_SIDE + 1), TOO_LONG),
    "a side that is too short": ("JPEG", (8_001, 15), TOO_SMALL),
    "a thin line": ("PNG", (20_000, 2), TOO_SMALL),
}


def reason(data: bytes) -> str:
    with pytest.raises(InvalidImage) as raised:
        decode_image(data)
    return str(raised.value)


def plain(kind: str, size: tuple[int, int]) -> bytes:
    options = {"method": 0} if kind == "WEBP" else {}
    return encode(Image.new("L" if kind == "PNG" else "RGB", size), kind, **options)


@pytest.mark.parametrize("name", ACCEPTED)
def test_image_that_its_decoder_can_bear_is_accepted(name: str) -> None:
    kind, (width, height) = ACCEPTED[name]

    decoded = decode_image(plain(kind, (width, height)))

    assert decoded.width <= 1_920
    assert decoded.width / decoded.height == pytest.approx(width / height, rel=0.1)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("name", REFUSED)
def test_image_beyond_a_limit_is_refused_with_the_reason_of_that_limit(name: str) -> None:
    kind, size, expected = REFUSED[name]

    assert reason(plain(kind, size)) == expected


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_limit_applies_before_a_pixel_is_decoded() -> None:
    """The header alone is enough: these rows are missing."""
    for side, expected in ((9_400, TOO_MANY_PIXELS), (60_000, TOO_MANY_PIXELS)):
        assert reason(a_png((side, side), depth=1, colour_type=0, rows=b"")) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", EMPTY),
        (b"<html>", NOT_AN_IMAGE),
        (encode(an_image(64, 64), "GIF"), NOT_AN_IMAGE),
        (a_jpeg()[:2_000], DAMAGED),
        (encode(an_image(640, 480), "PNG")[:-40], DAMAGED),
    ],
)
def test_file_that_is_no_whole_image_has_the_reason(data: bytes, expected: str) -> None:
    assert reason(data) == expected


def test_every_reason_says_what_to_upload_instead() -> None:
    for message in (EMPTY, NOT_AN_IMAGE, DAMAGED, HDR_ONLY, TOO_COMPLEX, *TOO_LARGE):
        assert re.search(r"\. (Upload|Choose|Save) ", message), message
    limits = "JPEG or HEIC with at most 50 million pixels, a PNG with at most 25 million"
    assert limits in TOO_MANY_PIXELS
    assert "16,383 pixels" in TOO_LONG


# --- memory ----------------------------------------------------------------------------------

WORST: dict[str, tuple[str, str, tuple[int, int], dict[str, Any]]] = {
    "JPEG of 24 megapixels": ("JPEG", "RGB", (6_000, 4_000), {}),
    "largest progressive JPEG": ("JPEG", "CMYK", (8_165, 6_123), {"progressive": True}),
    "largest PNG": ("PNG", "RGBA", (5_000, 5_000), {"compress_level": 1}),
    "largest WebP": ("WEBP", "RGBA", (5_000, 4_000), {"method": 0}),
    "HEIC of 24 megapixels": ("HEIF", "RGB", (5_712, 4_284), {"tile_size": 512}),
    "largest HEIC": ("HEIF", "RGB", (8_160, 6_120), {"chroma": "444"}),
    "largest AVIF": ("AVIF", "RGBA", (5_000, 4_000), {"speed": 10, "subsampling": "4:4:4"}),
}
MEASURE = r"""
import re, sys
from pathlib import Path
from workers.thumbnails import decode_image
decode_image(Path(sys.argv[1]).read_bytes())
print(int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak from /proc")
@pytest.mark.parametrize("name", WORST)
def test_largest_images_need_less_than_half_of_the_functions_memory(
    name: str, tmp_path: Path, print_figure: PrintFigure
) -> None:
    kind, mode, size, options = WORST[name]
    assert size[0] * size[1] <= MAX_PIXELS[kind]
    file = tmp_path / "image"
    image = Image.new("RGB", size, "teal").convert(mode)  # encoded fast, decoded into as much
    if mode == "RGBA":
        image.putalpha(128)  # an opaque channel would be left out by some encoders
    written = a_heic(image, **options) if kind == "HEIF" else encode(image, kind, **options)
    file.write_bytes(written)

    measured = subprocess.run(
        [sys.executable, "-c", MEASURE, str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    peak = int(measured.stdout)
    print_figure(f"{name}: peak of {peak} MB")
    resources = read_template(ROOT / "infra/template.yaml")["Resources"]
    assert peak < resources["ThumbnailWorkerFunction"]["Properties"]["MemorySize"] / 2
