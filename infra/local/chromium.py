"""Find a Chromium for the browser tests, on Linux and macOS."""

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_MACOS = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
HOW_TO_INSTALL = (
    "Chromium was not found. Install it with `apt-get install chromium` (Debian, Ubuntu) or "
    "`brew install --cask chromium` (macOS), or set the variable CHROMIUM to its path."
)


def find_chromium() -> str | None:
    """The path of the browser, or ``None``. The variable CHROMIUM has priority."""
    configured = os.environ.get("CHROMIUM")
    on_path = next(filter(None, map(shutil.which, NAMES)), None)
    on_macos = next((str(path) for path in ON_MACOS if path.exists()), None)
    return configured or on_path or on_macos
