"""Entering a discount code: how it is read, and how often a network may try one."""

import re
from datetime import datetime

from app.customers.rate_limits import RateLimit
from app.i18n.messages import lazy_gettext
from app.text_policy import EDGES

# Each entry counts, also of a known code: otherwise known ones could still be found.
ENTRIES_PER_NETWORK = RateLimit("discount_code", 30)
MAX_CODE_LENGTH = 20
CODE = re.compile(r"[A-Z0-9-]{3,20}")
LIKE_THIS = lazy_gettext("Enter a discount code of A to Z, 0 to 9 and hyphens, like WELCOME10.")


def read_code(text: str) -> str:
    """A code as it is stored: in upper case, without blanks around it. Raises ``ValueError``."""
    code = text.strip(EDGES).upper()
    if not CODE.fullmatch(code):
        raise ValueError(LIKE_THIS)
    return code


def enter_code(text: str, caller: str, *, now: datetime) -> str:
    """Read a code that was typed, and count the attempt, so that codes cannot be guessed.

    ``caller`` is the network; an empty one is not limited. Raises ``ValueError`` and
    ``RateLimited``.
    """
    code = read_code(text)
    if caller:
        ENTRIES_PER_NETWORK.hit(caller, now=now)
    return code
