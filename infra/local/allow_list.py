"""Which requests may reach a port of this machine: an allow-list of hosts, origins and paths.

Every page that a developer opens can send requests to `localhost`. Both ports therefore refuse
what no client of the shop sends.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

type RawHeaders = Iterable[tuple[bytes, bytes]]

# Against DNS rebinding: a site's own name can resolve to 127.0.0.1, but never be one of these.
# https://developer.mozilla.org/en-US/docs/Web/Security/Attacks/DNS_rebinding
LOCAL_HOST = re.compile(rb"(?:localhost|127\.0\.0\.1)(?::[0-9]{1,5})?", re.IGNORECASE)
DOT_SEGMENTS = (b".", b"..")
# Caused by another site: https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
OTHER_SITES = (b"cross-site", b"same-site")


@dataclass(frozen=True)
class Refusal:
    """A status code, and a sentence for the developer who reads the response."""

    status: int
    reason: str


def find_target_refusal(raw_path: bytes, headers: RawHeaders) -> Refusal | None:
    """Why the target or the Host of a request is refused, or ``None``.

    ``raw_path`` is the request target as sent, without its query.
    """
    if not raw_path.startswith(b"/"):
        return Refusal(400, "The request target must be a path, not a whole URL.")
    path = _decode_fully(raw_path)
    if b"\0" in path:
        return Refusal(400, "The path has a NUL character.")
    if any(segment in DOT_SEGMENTS for segment in re.split(rb"[/\\]", path)):
        return Refusal(400, "The path has a dot segment: send it without `.` and `..`.")
    hosts = values(headers, b"host")
    if len(hosts) != 1 or not LOCAL_HOST.fullmatch(hosts[0]):
        return Refusal(400, "The Host must be localhost or 127.0.0.1.")
    return None


def find_origin_refusal(headers: RawHeaders, allowed: Iterable[str]) -> Refusal | None:
    """Why a request from a browser is refused, or ``None``; other clients send no Origin."""
    headers = list(headers)
    origins = values(headers, b"origin")
    if origins:
        is_allowed = all(origin.decode("latin-1") in allowed for origin in origins)
        return None if is_allowed else Refusal(403, "Only pages of the shop may send requests.")
    if any(site in OTHER_SITES for site in values(headers, b"sec-fetch-site")):
        return Refusal(403, "Only pages of the shop may send requests.")
    return None


def local_origins(port: int) -> tuple[str, str]:
    """The origins of a server on this port of this machine."""
    return f"http://localhost:{port}", f"http://127.0.0.1:{port}"


def values(headers: RawHeaders, name: bytes) -> list[bytes]:
    """All values of a header; ``name`` in lower case."""
    return [value for header, value in headers if header.lower() == name]


def _decode_fully(path: bytes) -> bytes:
    """Decode until nothing changes: the next server may decode once more."""
    while (decoded := unquote_to_bytes(path)) != path:
        path = decoded
    return path
