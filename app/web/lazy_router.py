"""Lazy loading: routes whose modules are imported when one of their paths is first requested.

A cold start then imports what most visitors request first, and not the checkout and the account.
The pattern is that of https://flask.palletsprojects.com/en/stable/patterns/lazyloading/.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Lock

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope

from app.web.security.authorization import require_access_policies


class LazyRouter(APIRouter):
    """Stands for the routers that ``load`` imports and returns.

    Each of their paths begins with one of the ``segments``, so that any other path matches nothing
    and loads nothing.
    """

    def __init__(self, load: Callable[[], Sequence[APIRouter]], *, segments: Iterable[str]) -> None:
        super().__init__()
        self.load = load
        self.segments = frozenset(segments)
        self._loading = Lock()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Raises ``MissingAccessPolicy``, at each request, if a loaded route has no policy."""
        if first_segment(scope["path"]) not in self.segments:
            return Match.NONE, {}
        with self._loading:  # of two threads, none may see only a part of the routes
            if not self.routes:
                self._include(self.load())
        return super().matches(scope)

    def _include(self, routers: Sequence[APIRouter]) -> None:
        for router in routers:
            require_access_policies(router)
        for router in routers:
            self.include_router(router)


def first_segment(path: str) -> str:
    """The path up to its second slash, without slashes."""
    return path.removeprefix("/").partition("/")[0]


def loaded_routers(routers: Iterable[APIRouter]) -> Iterator[APIRouter]:
    """The same routers, with the loaded ones in the place of each lazy router."""
    for router in routers:
        if isinstance(router, LazyRouter):
            yield from router.load()
        else:
            yield router
