"""A word for the next page: what happened before it, told once."""

from datetime import timedelta
from typing import Literal

from fastapi import Request

from app.i18n.messages import lazy_gettext
from app.web.security.sessions import read_cookie, set_cookie

COOKIE = "word"
FLASH_LIFETIME = timedelta(minutes=2)  # a word that no page has told by then would only puzzle

FlashCode = Literal["joined", "joined-in-part", "changed-together"]
MESSAGES: dict[str, str] = {
    "joined": lazy_gettext(
        "What you had put aside before is in your cart again, with what you chose today."
    ),
    "joined-in-part": lazy_gettext(
        "What you had put aside before is in your cart again, as far as one order can hold it."
    ),
    "changed-together": "All of them are changed.",
}


def flash(request: Request, word: FlashCode) -> None:
    """Let the next page say this; only a word that we know can stand in the cookie."""
    set_cookie(request, COOKIE, word, lifetime=FLASH_LIFETIME)


def pop_flash_message(request: Request) -> str:
    """What this page is to say, which no page after it says again."""
    said = MESSAGES.get(read_cookie(request, COOKIE), "")
    if said:
        set_cookie(request, COOKIE, "")
    return said
