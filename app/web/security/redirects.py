"""Where to go next: only ever to a page of ours."""

import re

# One slash, then neither a second one nor a backslash, which browsers read as one: no other host.
LOCAL_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9/_.?&=%~-]*")
MAX_PATH_LENGTH = 300


def local_path(path: str) -> str:
    """The path itself, or the home page for anything that could lead elsewhere."""
    return path if len(path) <= MAX_PATH_LENGTH and LOCAL_PATH.fullmatch(path) else "/"
