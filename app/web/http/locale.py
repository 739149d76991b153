"""Which language a visitor reads: the one chosen in the footer, else as the browser asks."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from app.catalog.catalog_cache import Catalog, cached_catalog
from app.catalog.translated_catalog import translate_catalog
from app.i18n.locales import ENGLISH, LANGUAGES, Language
from app.web.security.authorization import PUBLIC
from app.web.security.redirects import MAX_PATH_LENGTH, local_path
from app.web.security.sessions import read_cookie, set_cookie

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])
COOKIE = "language"
ENGLISH_ONLY_PATHS = ("/admin", "/api")
MAX_LANGUAGE_RANGES = 20  # of a header that somebody made up, the rest is not looked at
NOT_ACCEPTED = (0.0, 0)
RANGE = re.compile(
    r"\s*(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q=(1(?:\.0{0,3})?|0(?:\.\d{0,3})?)\s*)?", re.I
)


@router.post("/language")
async def set_language(
    request: Request,
    language: Annotated[str, Form(max_length=10)],
    to: Annotated[str, Form(alias="next", max_length=MAX_PATH_LENGTH)] = "/",
) -> RedirectResponse:
    """Remember the choice and go back; a language that we do not speak ends the choice."""
    known = language if language in LANGUAGES else ""
    set_cookie(request, COOKIE, known, lifetime=timedelta(days=365))
    return RedirectResponse(local_path(to), 303)


def language_for(request: Request) -> Language:
    if not is_translated(request):
        return ENGLISH
    picked = LANGUAGES.get(read_cookie(request, COOKIE))
    return picked or preferred_language(request.headers.get("accept-language", ""))


def catalog_for(request: Request, now: datetime) -> Catalog:
    """The catalogue as this visitor reads it."""
    return translate_catalog(cached_catalog(now), language_for(request).code)


def is_translated(request: Request) -> bool:
    return not request.url.path.startswith(ENGLISH_ONLY_PATHS)


@lru_cache(maxsize=64)
def preferred_language(header: str) -> Language:
    """The language that `Accept-Language` likes best: https://www.rfc-editor.org/rfc/rfc9110#field.accept-language.

    ``de-AT`` is content with German; of two liked alike the first named wins. What cannot be read
    asks for nothing, and nobody who only asks for what we do not speak is turned away.
    """
    liked = [found for part in header.split(",", MAX_LANGUAGE_RANGES) if (found := _range(part))]
    return max(LANGUAGES.values(), key=lambda it: _liking(it, liked))


def _range(part: str) -> tuple[str, float] | None:
    read = RANGE.fullmatch(part)
    return (read[1].lower(), float(read[2] or 1)) if read else None


def _liking(language: Language, liked: list[tuple[str, float]]) -> tuple[float, int]:
    """How much, and how early it was named; what is named itself is not meant by ``*``."""
    named = [(q, -place) for place, (tag, q) in enumerate(liked) if _primary(tag) == language.code]
    others = [(q, -len(liked)) for tag, q in liked if tag == "*"]
    liking, early = max(named or others, default=NOT_ACCEPTED)
    return (liking, early) if liking else NOT_ACCEPTED


def _primary(tag: str) -> str:
    return tag.partition("-")[0]
