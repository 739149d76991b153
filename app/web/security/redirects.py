"""Redirect targets: only local paths, so that no link of ours leads to another site.

https://cheatsheetseries.owasp.org/cheatsheets/Unvalidated_Redirects_and_Forwards_Cheat_Sheet.html
"""

import re

# The second character is neither slash nor backslash: browsers read `//` and `/\` as a host.
LOCAL_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9/_.?&=%~-]*")
MAX_PATH_LENGTH = 300


def local_path(path: str) -> str:
    """The path itself if it is a plain local one, else the home page."""
    return path if len(path) <= MAX_PATH_LENGTH and LOCAL_PATH.fullmatch(path) else "/"
