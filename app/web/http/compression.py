"""Compression with gzip, where ``Accept-Encoding`` allows it."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware, GZipResponder, IdentityResponder
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.http.request_id import problem_response

GZIP = ("gzip", "x-gzip")
QUALITY = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
QUOTE = '"'
UNLISTED_IDENTITY = 0.0001  # acceptable unless excluded, but less than any coding that is listed
NOT_ACCEPTABLE = "Allow gzip or identity in Accept-Encoding: the shop has no other content coding."


class Codings(NamedTuple):
    """How much a client wants each coding of ours: from 0 (not acceptable) to 1."""

    gzip: float
    identity: float


class CompressionMiddleware(GZipMiddleware):
    """Starlette's own searches the header for "gzip", and so compresses for ``gzip;q=0``.

    A request that accepts neither coding is refused (406) before its route runs.
    https://www.rfc-editor.org/rfc/rfc9110#name-accept-encoding
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        accepted = accepted_codings(Headers(scope=scope).getlist("accept-encoding"))
        await self._responder(accepted)(scope, receive, _naming_the_coding(send))

    def _responder(self, accepted: Codings) -> ASGIApp:
        if not any(accepted):
            return _not_acceptable()
        if accepted.gzip < accepted.identity or not accepted.gzip:
            return IdentityResponder(
                self.app, self.minimum_size, exclude_content_types=self.exclude_content_types
            )
        return GZipResponder(
            self.app,
            self.minimum_size if accepted.identity else 1,  # byte: only no body stays as it is
            self.compresslevel,
            thread_minimum_size=self.thread_minimum_size,
            exclude_content_types=self.exclude_content_types,
        )


def _naming_the_coding(send: Send) -> Send:
    """Give a compressed response another ETag: a strong one is for these bytes only.

    https://www.rfc-editor.org/rfc/rfc9110#name-example-entity-tags-varying
    """

    async def send_named(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if "etag" in headers and headers.get("content-encoding") in GZIP:
                headers["ETag"] = f'{headers["ETag"].removesuffix(QUOTE)}-gzip"'
        await send(message)

    return send_named


def accepted_codings(values: Iterable[str]) -> Codings:
    """Read the values of ``Accept-Encoding``. Without the header the response is not compressed.

    A coding with a malformed quality counts as excluded.
    """
    listed: dict[str, float] = {}
    for element in ",".join(values).lower().split(","):
        coding, *parameters = (part.strip() for part in element.split(";"))
        listed["gzip" if coding in GZIP else coding] = _quality(parameters)
    others = listed.get("*")
    identity = UNLISTED_IDENTITY if others is None else others
    return Codings(listed.get("gzip", others or 0), listed.get("identity", identity))


def _quality(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if QUALITY.fullmatch(value := value.strip()) else 0
    return 1


def _not_acceptable() -> JSONResponse:
    problem = {"status": 406, "title": "Not acceptable", "detail": NOT_ACCEPTABLE}
    headers = {"Vary": "Accept-Encoding"}
    return problem_response(problem, headers)
