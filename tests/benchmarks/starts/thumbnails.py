"""CPU time and memory of the thumbnails of a photo, compared with loading and resizing it."""

import subprocess
import sys
from pathlib import Path

from msgspec import Struct
from PIL import Image

from infra.build.bundles import ROOT

PHOTO_SIZE = (4_000, 3_000)  # 12 megapixels, the size of a phone's photo
OURS = """
from workers.image_decoding import decode_image
from workers.thumbnails import encode_webp
from app.catalog.thumbnail_sizes import THUMBNAIL_WIDTHS
image = decode_image(data)
for width in THUMBNAIL_WIDTHS:
    encode_webp(image, width)
"""
LOAD_AND_RESIZE = """
import io
from PIL import Image
for width in (240, 480, 960, 1920):
    image = Image.open(io.BytesIO(data)).convert("RGB")
    image.resize((width, image.height * width // image.width)).save(
        io.BytesIO(), "WEBP", quality=82, method=4)
"""
# Both run in a process with the function's imports, whose memory is subtracted.
SCRIPT = r"""
import re, sys, time
from pathlib import Path
from workers.thumbnails import decode_image
def memory(field):
    status = Path("/proc/self/status")  # `getrusage` may include the parent process
    if not status.exists():
        return 0
    return int(re.search(field + r":\s+(\d+)", status.read_text())[1]) / 1024
data = Path(sys.argv[1]).read_bytes()
idle, began = memory("VmRSS"), time.process_time()
{body}
print((time.process_time() - began) * 1000, memory("VmHWM") - idle)
"""


class ThumbnailCost(Struct, frozen=True):
    """The cost of one photo's thumbnails; the peak is in megabytes above the idle function."""

    name: str
    cpu_ms: float
    peak_mb: float


def measure_thumbnails(folder: Path) -> list[ThumbnailCost]:
    photograph = folder / "photograph.jpg"
    noise = Image.effect_noise((PHOTO_SIZE[0] // 16, PHOTO_SIZE[1] // 16), 60).convert("RGB")
    noise.resize(PHOTO_SIZE).save(photograph, "JPEG", quality=85)
    return [
        _measure("load and resize", LOAD_AND_RESIZE, photograph),
        _measure("ours", OURS, photograph),
    ]


def _measure(name: str, body: str, photograph: Path) -> ThumbnailCost:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(body=body), str(photograph)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    took, peak = map(float, done.stdout.split())
    return ThumbnailCost(name, took, peak)
