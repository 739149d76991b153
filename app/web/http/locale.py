"""Which language a visitor reads: the one chosen in the footer, else as the browser asks."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from app.catalog.catalog_cache import Catalogue, catalogue
from app.catalog.translated_catalog import in_language
from app.i18n.locales import ENGLISH, LANGUAGES, Language
from app.web.security.authorization import FOR_ANYONE
from app.web.security.redirects import LONGEST, own_path
from app.web.security.sessions import chosen, set_cookie

router = APIRouter(include_in_schema=False, dependencies=[FOR_ANYONE])
COOKIE = "language"
IN_ENGLISH_ONLY = ("/desk", "/api")
MOST_RANGES = 20  # of a header that somebody made up, the rest is not looked at
NOT_AT_ALL = (0.0, 0)
RANGE = re.compile(
    r"\s*(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q=(1(?:\.0{0,3})?|0(?:\.\d{0,3})?)\s*)?", re.I
)


@router.post("/language")
async def choose(
    request: Request,
    language: Annotated[str, Form(max_length=10)],
    to: Annotated[str, Form(alias="next", max_length=LONGEST)] = "/",
) -> RedirectResponse:
    """Remember the choice and go back; a language that we do not speak ends the choice."""
    known = language if language in LANGUAGES else ""
    set_cookie(request, COOKIE, known, lasts=timedelta(days=365))
    return RedirectResponse(own_path(to), 303)


def language_for(request: Request) -> Language:
    if not translated(request):
        return ENGLISH
    picked = LANGUAGES.get(chosen(request, COOKIE))
    return picked or asked_for(request.headers.get("accept-language", ""))


def shelf_for(request: Request, now: datetime) -> Catalogue:
    """The catalogue as this visitor reads it."""
    return in_language(catalogue(now), language_for(request).code)


def translated(request: Request) -> bool:
    return not request.url.path.startswith(IN_ENGLISH_ONLY)


@lru_cache(maxsize=64)
def asked_for(header: str) -> Language:
    """The language that `Accept-Language` likes best: https://www.rfc-editor.org/rfc/rfc9110#field.accept-language.

    ``de-AT`` is content with German; of two liked alike the first named wins. What cannot be read
    asks for nothing, and nobody who only asks for what we do not speak is turned away.
    """
    liked = [found for part in header.split(",", MOST_RANGES) if (found := _range(part))]
    return max(LANGUAGES.values(), key=lambda it: _liking(it, liked))


def _range(part: str) -> tuple[str, float] | None:
    read = RANGE.fullmatch(part)
    return (read[1].lower(), float(read[2] or 1)) if read else None


def _liking(language: Language, liked: list[tuple[str, float]]) -> tuple[float, int]:
    """How much, and how early it was named; what is named itself is not meant by ``*``."""
    named = [(q, -place) for place, (tag, q) in enumerate(liked) if _primary(tag) == language.code]
    others = [(q, -len(liked)) for tag, q in liked if tag == "*"]
    liking, early = max(named or others, default=NOT_AT_ALL)
    return (liking, early) if liking else NOT_AT_ALL


def _primary(tag: str) -> str:
    return tag.partition("-")[0]
