"""CloudFront's cache in front of the local API: same rules, same keys, bounded memory.

The rules are the cache behaviors of the template, so `shop dev` shows what visitors get on AWS.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from app.web.api.conditional_requests import matches
from infra.local.cache_rules import CacheRule, cache_rules, find_rule

type Fetch = Callable[[Request], Awaitable[Response]]
type Key = tuple[bytes, ...]

MAX_BYTES = 16 * 2**20  # of all stored bodies; the least recently used ones go first
MAX_BODY_BYTES = 2**20
HIT, STALE, MISS = (f"{it} from the local proxy" for it in ("Hit", "Hit (stale)", "Miss"))
ALWAYS_FORWARDED = (b"content-type", b"content-length", b"x-forwarded-for")


@dataclass(frozen=True)
class StoredResponse:
    response: Response
    stored_at: float
    fresh_seconds: int
    stale_seconds: int


class EdgeCache:
    """Keeps responses for as long as their ``s-maxage`` says, and serves them once more after.

    A stale response is served within ``stale-while-revalidate``, and then fetched again.
    """

    def __init__(self, fetch: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch, self._clock = fetch, clock
        self._stored: OrderedDict[Key, StoredResponse] = OrderedDict()

    def clear(self) -> None:
        self._stored.clear()

    async def respond(self, request: Request) -> Response:
        """A stored response, or that of the API; ``X-Cache`` names which, as CloudFront does."""
        rule = find_rule(cache_rules(), request.scope["raw_path"].decode("latin-1"))
        if rule is None:
            return _marked(await self._fetch(request), MISS)
        forwarded = _as_forwarded(request, rule)
        if request.method != "GET":  # HEAD was made GET before
            return _marked(await self._fetch(forwarded), MISS)
        key = _key(forwarded, rule)
        stored = self._usable(key)
        if stored is None:
            return _for_viewer(request, _marked(await self._refresh(key, forwarded), MISS))
        age = int(self._clock() - stored.stored_at)
        is_fresh = age < stored.fresh_seconds
        response = _marked(stored.response, HIT if is_fresh else STALE, age=str(age))
        viewed = _for_viewer(request, response)
        if not is_fresh:
            viewed.background = BackgroundTask(self._refresh, key, forwarded)
        return viewed

    def _usable(self, key: Key) -> StoredResponse | None:
        stored = self._stored.get(key)
        if stored is None:
            return None
        age = self._clock() - stored.stored_at
        if age >= stored.fresh_seconds + stored.stale_seconds:
            del self._stored[key]
            return None
        self._stored.move_to_end(key)
        return stored

    async def _refresh(self, key: Key, forwarded: Request) -> Response:
        response = await self._fetch(forwarded)
        fresh, stale = cache_seconds(response)
        is_stored = response.status_code == 200 and fresh and len(response.body) <= MAX_BODY_BYTES
        if is_stored:
            del response.headers["set-cookie"]
            self._stored[key] = StoredResponse(response, self._clock(), fresh, stale)
            self._stored.move_to_end(key)
            self._evict()
        return response

    def _evict(self) -> None:
        size = sum(len(it.response.body) for it in self._stored.values())
        while size > MAX_BYTES:
            _, oldest = self._stored.popitem(last=False)
            size -= len(oldest.response.body)


def cache_seconds(response: Response) -> tuple[int, int]:
    """How long a shared cache may keep the response, and how much longer while it fetches anew."""
    directives = [it.strip() for it in response.headers.get("cache-control", "").split(",")]
    if {"private", "no-store", "no-cache"} & {*directives}:
        return 0, 0
    values = dict(it.split("=", 1) for it in directives if "=" in it)
    return int(values.get("s-maxage", "0")), int(values.get("stale-while-revalidate", "0"))


def _as_forwarded(request: Request, rule: CacheRule) -> Request:
    """The request without cookies, and without what is neither in the key nor forwarded."""
    kept = (*rule.key_headers, *rule.other_headers, *ALWAYS_FORWARDED)
    accepts_gzip = b"gzip" in dict(request.headers.raw).get(b"accept-encoding", b"")
    pairs = [it for it in request.scope["query_string"].split(b"&") if it]
    if rule.params is not None:
        pairs = [it for it in pairs if it.partition(b"=")[0] in rule.params]
    return Request(
        {
            **request.scope,
            "headers": [
                *((name, value) for name, value in request.headers.raw if name in kept),
                *([(b"accept-encoding", b"gzip")] if accepts_gzip else []),
            ],
            "query_string": b"&".join(pairs),
        },
        request.receive,
    )


def _key(forwarded: Request, rule: CacheRule) -> Key:
    headers = dict(forwarded.headers.raw)
    return (
        forwarded.scope["raw_path"],
        forwarded.scope["query_string"],
        *(headers.get(name, b"") for name in (*rule.key_headers, b"accept-encoding")),
    )


def _marked(response: Response, state: str, **headers: str) -> Response:
    """A copy with ``X-Cache``: a stored response must not change."""
    copy = Response(response.body, response.status_code)
    copy.raw_headers = [*response.raw_headers]
    copy.headers.update({"X-Cache": state, **headers})
    return copy


def _for_viewer(request: Request, response: Response) -> Response:
    """304 without a body if the viewer has this response already."""
    tag = response.headers.get("etag", "")
    if not (tag and matches(request.headers.get("if-none-match", ""), tag.replace("-gzip", ""))):
        return response
    dropped = (b"content-length", b"content-type", b"content-encoding")
    unchanged = Response(status_code=304)
    unchanged.raw_headers = [it for it in response.raw_headers if it[0] not in dropped]
    return unchanged
