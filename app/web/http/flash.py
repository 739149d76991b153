"""A word for the next page: what happened before it, told once."""

from datetime import timedelta
from typing import Literal

from fastapi import Request

from app.i18n.messages import said
from app.web.security.sessions import chosen, set_cookie

COOKIE = "word"
SOON = timedelta(minutes=2)  # a word that no page has told by then would only puzzle

Word = Literal["joined", "joined-in-part", "changed-together"]
SAID: dict[str, str] = {
    "joined": said(
        "What you had put aside before is in your cart again, with what you chose today."
    ),
    "joined-in-part": said(
        "What you had put aside before is in your cart again, as far as one order can hold it."
    ),
    "changed-together": "All of them are changed.",
}


def tell_next(request: Request, word: Word) -> None:
    """Let the next page say this; only a word that we know can stand in the cookie."""
    set_cookie(request, COOKIE, word, lasts=SOON)


def told(request: Request) -> str:
    """What this page is to say, which no page after it says again."""
    said = SAID.get(chosen(request, COOKIE), "")
    if said:
        set_cookie(request, COOKIE, "")
    return said
