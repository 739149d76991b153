"""Language prefixes: ``/de/products`` is the page ``/products`` in German.

English has no prefix; there, the visitor's preference decides. The prefix is removed before any
check or route sees the path, so that authorization, CSRF protection and limits are the same in
every language. Links, forms and redirects of the response get it back.
"""

import re

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.i18n.locales import LANGUAGES, Language

# Attributes with a path of our own. Text cannot match: it has its quotation marks escaped.
LINK = re.compile(
    r'\b((?:href|action|formaction|hx-get|hx-post|hx-push-url|hx-replace-url)=")(/[^"]*)'
)
LOCATION_HEADERS = ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url")


class LanguagePrefixMiddleware:
    """Pure ASGI; it surrounds the security middleware.

    Only paths of the storefront have prefixes (``app.state.localized_segments``). Any other path
    that begins with one is left as it is, and not found.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        continue_in(request, _remove_prefix(request))

        async def send_localized(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name in LOCATION_HEADERS:
                    if path := headers.get(name):
                        headers[name] = localize(request, path)
            await send(message)

        await self.app(scope, receive, send_localized)


def prefixed_language(request: Request) -> Language | None:
    """The language of the address, or ``None`` if it has no prefix."""
    language: Language | None = getattr(request.state, "prefixed_language", None)
    return language


def continue_in(request: Request, language: Language | None) -> None:
    """Let links and redirects of the response lead to addresses with this language's prefix."""
    request.state.prefixed_language = language


def localize(request: Request, path: str) -> str:
    """The path with the prefix of this page; unchanged if it is no page of the storefront."""
    language = prefixed_language(request)
    return f"{language.prefix}{path}" if language and _is_localized(request, path) else path


def localize_links(request: Request, html: str) -> str:
    """Add the prefix of this page to its links and forms."""
    if not prefixed_language(request):
        return html
    return LINK.sub(lambda link: f"{link[1]}{localize(request, link[2])}", html)


def without_prefix(path: str) -> str:
    """The path as it is in English, without its language prefix."""
    for language in LANGUAGES.values():
        rest = path.removeprefix(language.prefix)
        if rest != path and rest[:1] in ("", "/", "?", "#"):
            return rest if rest.startswith("/") else f"/{rest}"
    return path


def _remove_prefix(request: Request) -> Language | None:
    """Remove a valid prefix from the path of this request, and return its language."""
    path = request.scope["path"]
    stripped = without_prefix(path)
    if stripped == path or not _is_localized(request, stripped):
        return None
    request.scope["path"] = stripped
    return LANGUAGES[path.split("/")[1]]


def _is_localized(request: Request, path: str) -> bool:
    """Whether the first segment is one of the storefront's; ``//`` is not the home page."""
    segment = re.split("[/?#]", path, maxsplit=2)[1]
    is_home = not segment and not path.startswith("//")
    return path.startswith("/") and (
        is_home or (bool(segment) and segment in request.app.state.localized_segments)
    )
