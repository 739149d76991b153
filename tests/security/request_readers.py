"""The readers of a raw request: each header and the body, as functions of one text."""

import asyncio
import re
from collections.abc import Callable, Mapping

from fastapi import HTTPException, Request
from starlette.formparsers import MultiPartException
from starlette.types import Message

from app.payments.webhooks import SIGNATURE_HEADER
from app.web.api import conditional_requests
from app.web.http.compression import accepted_codings
from app.web.http.forms import _submitted
from app.web.http.locale import preferred_language
from app.web.http.user_agent import parse_user_agent
from app.web.security.caller_limits import LOAD_TEST_HEADER, is_load_test
from app.web.security.client_ip import client_network
from app.web.security.cookies import read_cookie
from app.web.security.csrf import require_same_origin
from app.web.security.errors import RequestRejected
from app.web.security.origin import ORIGIN_HEADER, require_cloudfront
from app.web.security.request_limits import FORM_TYPE, JSON_TYPE, read_limited_body
from tests.fake_clouds import override_settings
from tests.security.deployed_expressions import deployed_modules

type TextReader = Callable[[str], object]

REFUSALS = (RequestRejected, HTTPException, MultiPartException)
# How the code asks for a header: by its name, or by a constant.
HEADER_USE = re.compile(r"headers\)?(?:\(scope=scope\))?\.(?:get|getlist)\(([^,)]+)")
LOAD_TEST_KEY = "k" * 32
MULTIPART = "multipart/form-data; boundary=x"


def request_with(path: str, /, *, body: bytes = b"", **headers: str) -> Request:
    """A POST request; the underscores in the names of headers are dashes."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    raw = [
        (name.replace("_", "-").lower().encode(), value.encode("latin-1", "replace"))
        for name, value in headers.items()
    ]
    scope = {"type": "http", "method": "POST", "path": path, "headers": raw, "query_string": b""}
    return Request({**scope, "client": ("192.0.2.1", 50_000)}, receive)


def _read_load_test(text: str) -> object:
    with override_settings(load_test_key=LOAD_TEST_KEY):
        return is_load_test(request_with("/api/orders", load_test=text))


def _read_origin_secret(text: str) -> None:
    with override_settings(origin_secret='{"sent": "0123456789"}'):
        require_cloudfront(request_with("/", x_origin_secret=text))


def read_body(content_type: str, body: str) -> object:
    """What middleware and forms read of a body."""

    async def read() -> object:
        data = body.encode("utf-8", "replace")
        path = "/api/orders" if content_type == JSON_TYPE else "/checkout"
        request = request_with(path, body=data, content_type=content_type)
        receive = await read_limited_body(request)
        replayed = Request(request.scope, receive)
        return await replayed.body() if content_type == JSON_TYPE else await _submitted(replayed)

    return asyncio.run(read())


HEADER_READERS: Mapping[str, TextReader] = {
    "accept": str,  # only its beginning is compared
    "accept-encoding": lambda text: accepted_codings([text]),
    "accept-language": preferred_language,
    "content-encoding": str,  # of our own response
    "content-length": lambda text: asyncio.run(
        read_limited_body(request_with("/checkout", content_length=text))
    ),
    "content-type": lambda text: read_body(f"multipart/form-data{text}", "x"),
    "cookie": lambda text: read_cookie(request_with("/", cookie=text), "visitor"),
    "if-none-match": lambda text: conditional_requests.matches(text, '"a"'),
    "hx-current-url": str,  # only its end is compared
    "hx-request-type": str,  # compared with a constant
    "hx-target": str,  # only its end is compared
    LOAD_TEST_HEADER.lower(): _read_load_test,
    ORIGIN_HEADER.lower(): _read_origin_secret,
    "origin": lambda text: require_same_origin(request_with("/checkout", origin=text)),
    "sec-fetch-site": lambda text: require_same_origin(
        request_with("/checkout", sec_fetch_site=text)
    ),
    "user-agent": lambda text: parse_user_agent(request_with("/", user_agent=text)),
    "x-forwarded-for": lambda text: client_network(request_with("/", x_forwarded_for=text)),
}
BODY_READERS: Mapping[str, TextReader] = {
    "a boundary": lambda text: read_body(f'multipart/form-data; boundary="{text}"', "--x\r\n"),
    "a form": lambda text: read_body(FORM_TYPE, text),
    "the name in a form": lambda text: read_body(FORM_TYPE, f"{text}=1"),
    "a JSON text": lambda text: read_body(JSON_TYPE, text),
    "a JSON string": lambda text: read_body(JSON_TYPE, f'{{"a": "{text}"}}'),
    "a multipart form": lambda text: read_body(MULTIPART, text),
    "the name of a part": lambda text: read_body(MULTIPART, _part(f'name="{text}"')),
    "the file name of a part": lambda text: read_body(
        MULTIPART, _part(f'name="a"; filename="{text}"')
    ),
    "the header of a part": lambda text: read_body(MULTIPART, _part(f'name="a"\r\n{text}: b')),
    "the value of a part": lambda text: read_body(MULTIPART, _part('name="a"', text)),
}


def _part(disposition: str, value: str = "1") -> str:
    return f"--x\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{value}\r\n--x--\r\n"


def headers_read() -> set[str]:
    """The headers that the web application asks for, in lower case."""
    constants = {
        "LOAD_TEST_HEADER": LOAD_TEST_HEADER,
        "ORIGIN_HEADER": ORIGIN_HEADER,
        "SIGNATURE_HEADER": SIGNATURE_HEADER,
    }
    uses = {
        use.strip()
        for path in deployed_modules()
        for use in HEADER_USE.findall(path.read_text())
        if "/web/" in str(path)
    }
    names = {constants.get(it, it.strip('"')).lower() for it in uses}
    return names - {"name"}  # of responses
