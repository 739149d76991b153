"""Where to go next: only ever to a page of ours."""

import re

# One slash, then neither a second one nor a backslash, which browsers read as one: no other host.
OWN = re.compile(r"/(?![/\\])[A-Za-z0-9/_.?&=%~-]*")
LONGEST = 300


def own_path(path: str) -> str:
    """The path itself, or the home page for anything that could lead elsewhere."""
    return path if len(path) <= LONGEST and OWN.fullmatch(path) else "/"
