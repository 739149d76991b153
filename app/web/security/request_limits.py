"""Request limits: size, content type and encoding of a body.

Ambiguous input is rejected, because two parsers may read it differently.
"""

import json
import re
from urllib.parse import unquote_to_bytes

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.types import Message, Receive

from app.i18n.messages import lazy_gettext
from app.web.security.csrf import is_api_request, is_webhook
from app.web.security.errors import RequestRejected

MAX_BODY_BYTES = 256 * 1024  # browsers upload images to S3 directly, not through this function
MAX_LENGTH_DIGITS = 18
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
FORM_TYPES = frozenset({FORM_TYPE, "multipart/form-data"})
CHARSETS = frozenset({"utf-8", "utf8"})
NOT_ASCII = re.compile(rb"[\x80-\xff]")


async def read_limited_body(request: Request) -> Receive:
    """Read and check the whole body, and return a ``receive`` that replays it to the application.

    Rejects more than ``MAX_BODY_BYTES`` (413), another content type than JSON for the API or a
    form for a page or another charset than UTF-8 (415), and text that is not UTF-8 or JSON that
    is ambiguous (400).
    """
    if _content_length(request) > MAX_BODY_BYTES:
        raise _too_large()
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
    if body:
        _check_content(request, body)
    return _replay(_escaped(request, body), request.receive)


def _escaped(request: Request, body: bytes) -> bytes:
    """A form with percent-encoding throughout: Starlette reads other bytes as Latin-1.

    Browsers escape every byte, but programs such as curl send UTF-8 as it is.
    """
    if body.isascii() or _content_type(request)[0] != FORM_TYPE:
        return body
    return NOT_ASCII.sub(lambda found: b"%%%02X" % found[0][0], body)


def _content_length(request: Request) -> int:
    """The stated length of the body; of more digits than a limit needs, only the first ones.

    ``int`` raises ``ValueError`` for more than 4,300 digits.
    """
    value = request.headers.get("content-length", "")
    is_number = value.isascii() and value.isdigit()
    return int(value.lstrip("0")[:MAX_LENGTH_DIGITS] or 0) if is_number else 0


def _too_large() -> RequestRejected:
    return RequestRejected(413, lazy_gettext("The request is larger than 256 KB."))


def _check_content(request: Request, body: bytes) -> None:
    content_type, charset = _content_type(request)
    allowed = {JSON_TYPE} if is_api_request(request) else FORM_TYPES
    if content_type not in allowed or charset not in CHARSETS:
        raise RequestRejected(415, lazy_gettext("This content type is not supported."))
    if is_webhook(request):
        return  # its route reads the body only after its signature was verified
    _check_utf8(unquote_to_bytes(body) if content_type == FORM_TYPE else body)
    if content_type == JSON_TYPE:
        _check_json(body)


def _content_type(request: Request) -> tuple[str, str]:
    """The media type and the charset, which would change how the fields are decoded."""
    media_type, options = parse_options_header(request.headers.get("content-type", "").lower())
    return media_type.decode("latin-1").strip(), options.get(b"charset", b"utf-8").decode("latin-1")


def _check_utf8(text: bytes) -> None:
    try:
        text.decode()
    except UnicodeDecodeError:
        raise RequestRejected(400, lazy_gettext("The text is not valid UTF-8.")) from None


def _check_json(body: bytes) -> None:
    """Reject duplicate names, NaN and deep nesting: parsers disagree about them (RFC 8259)."""
    try:
        json.loads(body, object_pairs_hook=_unique_names, parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        raise RequestRejected(400, lazy_gettext("Invalid JSON.")) from None


def _unique_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(pairs) != len({name for name, _ in pairs}):
        raise ValueError("duplicate name")
    return dict(pairs)


def _reject_constant(name: str) -> None:
    raise ValueError(name)


def _replay(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
