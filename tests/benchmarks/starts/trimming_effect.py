"""Thumbnails: CPU time and memory of cutting a photograph, beside loading and resizing it."""

import subprocess
import sys
from pathlib import Path

from msgspec import Struct
from PIL import Image

from infra.build.bundles import ROOT

LARGE = (4_000, 3_000)  # 12 megapixels, as a phone takes them
OURS = """
from workers.thumbnails import open_safely, as_webp
from app.catalog.image_uploads import WIDTHS
picture = open_safely(data)
for width in WIDTHS:
    as_webp(picture, width)
"""
USUAL = """
import io
from PIL import Image
for width in (240, 480, 960, 1920):
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    picture.resize((width, picture.height * width // picture.width)).save(
        io.BytesIO(), "WEBP", quality=82, method=4)
"""
# Both in a process that has imported all that the function imports: its memory is no picture's.
WATCHED = r"""
import re, sys, time
from pathlib import Path
from workers.thumbnails import open_safely
def memory(what):
    said = Path("/proc/self/status")  # what `getrusage` says may be of the process before
    return int(re.search(what + r":\s+(\d+)", said.read_text())[1]) / 1024 if said.exists() else 0
data = Path(sys.argv[1]).read_bytes()
idle, began = memory("VmRSS"), time.process_time()
{body}
print((time.process_time() - began) * 1000, memory("VmHWM") - idle)
"""


class Cut(Struct, frozen=True):
    """Cutting one photograph to all sizes; megabytes at the peak, above the idle function."""

    name: str
    cpu_ms: float
    peak_mb: float


def cuts(folder: Path) -> list[Cut]:
    photograph = folder / "photograph.jpg"
    rough = Image.effect_noise((LARGE[0] // 16, LARGE[1] // 16), 60).convert("RGB")
    rough.resize(LARGE).save(photograph, "JPEG", quality=85)
    return [
        _cut("load and resize", USUAL, photograph),
        _cut("ours", OURS, photograph),
    ]


def _cut(name: str, body: str, photograph: Path) -> Cut:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED.format(body=body), str(photograph)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    took, peak = map(float, done.stdout.split())
    return Cut(name, took, peak)
