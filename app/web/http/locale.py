"""The language of a page: its address has a prefix, or the visitor a preference.

A preference is the choice in the footer, else Accept-Language.
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from app.catalog.catalog_cache import Catalog, cached_catalog
from app.catalog.translations import translate_catalog
from app.i18n.locales import ENGLISH, LANGUAGES, Language
from app.web.http.language_prefix import continue_in, prefixed_language, without_prefix
from app.web.security.authorization import PUBLIC
from app.web.security.cookies import read_cookie, set_cookie
from app.web.security.redirects import MAX_PATH_LENGTH, local_path

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])
COOKIE = "language"
COOKIE_LIFETIME = timedelta(days=365)
ENGLISH_ONLY_PATHS = ("/admin", "/api", "/docs")
MAX_LANGUAGE_RANGES = 20  # the rest of a longer header is ignored
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
    """Store the choice in a cookie, and go back to the page at its address in this language.

    An unknown language deletes the cookie.
    """
    known = LANGUAGES.get(language)
    set_cookie(request, COOKIE, known.code if known else "", lifetime=COOKIE_LIFETIME)
    continue_in(request, known)
    return RedirectResponse(local_path(without_prefix(local_path(to))), 303)


def language_for(request: Request) -> Language:
    if language := prefixed_language(request):
        return language
    if not is_translated(request):
        return ENGLISH
    chosen = LANGUAGES.get(read_cookie(request, COOKIE))
    return chosen or preferred_language(request.headers.get("accept-language", ""))


def catalog_for(request: Request, now: datetime) -> Catalog:
    """The catalog in the visitor's language."""
    return translate_catalog(cached_catalog(now), language_for(request).code)


def is_translated(request: Request) -> bool:
    return not request.url.path.startswith(ENGLISH_ONLY_PATHS)


@lru_cache(maxsize=64)
def preferred_language(header: str) -> Language:
    """The supported language with the highest quality value; English if none is accepted.

    ``de-AT`` matches German. Of equal qualities the first one in the header wins. An invalid range
    is ignored. https://www.rfc-editor.org/rfc/rfc9110#field.accept-language
    """
    parts = header.split(",", MAX_LANGUAGE_RANGES)
    ranges = [parsed for part in parts if (parsed := _parse_range(part))]
    return max(LANGUAGES.values(), key=lambda language: _quality(language, ranges))


def _parse_range(part: str) -> tuple[str, float] | None:
    match = RANGE.fullmatch(part)
    return (match[1].lower(), float(match[2] or 1)) if match else None


def _quality(language: Language, ranges: list[tuple[str, float]]) -> tuple[float, int]:
    """Quality and position in the header; ``*`` counts only for a language that is not listed."""
    listed = [(q, -n) for n, (tag, q) in enumerate(ranges) if _primary(tag) == language.code]
    wildcard = [(q, -len(ranges)) for tag, q in ranges if tag == "*"]
    quality, position = max(listed or wildcard, default=NOT_ACCEPTED)
    return (quality, position) if quality else NOT_ACCEPTED


def _primary(tag: str) -> str:
    return tag.partition("-")[0]
