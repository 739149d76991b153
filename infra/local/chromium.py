"""Where the browser for the browser tests is, on Linux and macOS."""

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_MACOS = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
HOW_TO_INSTALL = (
    "there is no Chromium here. Install it with `apt-get install chromium` (Debian, Ubuntu) or "
    "`brew install --cask chromium` (macOS), or name one in the variable CHROMIUM."
)


def chromium() -> str | None:
    """The program to run, or None; the variable CHROMIUM wins."""
    named = os.environ.get("CHROMIUM")
    on_path = next(filter(None, map(shutil.which, NAMES)), None)
    on_macos = next((str(path) for path in ON_MACOS if path.exists()), None)
    return named or on_path or on_macos
