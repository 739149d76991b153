"""Who may call a route: each says so by a check it depends on, or the app does not start."""

from collections.abc import Callable, Iterator
from enum import StrEnum

from fastapi import APIRouter, Depends
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute


class Access(StrEnum):
    """Nobody is let in by default."""

    PUBLIC = "anyone"
    CUSTOMER = "customer"  # has signed in
    MERCHANT = "merchant"
    ORDER_OWNER = "owner"  # of the order in the address, or has its key from a letter
    ORDER_TOKEN = "holder"  # of the Bearer token of the order in the address


class MissingAccessPolicy(Exception):
    """A route says nothing of who may call it, or says two things."""


_checks: dict[Callable[..., object], Access] = {}


def requires[Check: Callable[..., object]](who: Access) -> Callable[[Check], Check]:
    """This dependency lets nobody else through: what a route depends on is what it declares."""

    def noted(check: Check) -> Check:
        _checks[check] = who
        return check

    return noted


@requires(Access.PUBLIC)
async def _anyone() -> None:
    """A route for everybody has to say so, too."""


PUBLIC = Depends(_anyone)


def required_access(route: APIRoute) -> Access:
    """Raises ``Undeclared`` for a route that an app must not be started with."""
    found = {_checks[call] for call in _calls(route.dependant) if call in _checks}
    if len(found) != 1:
        said = " and ".join(sorted(found)) or "nobody"
        raise MissingAccessPolicy(f"{route.path} must be for one kind of caller, and is for {said}.")
    return found.pop()


def routes_of(router: APIRouter) -> Iterator[APIRoute]:
    """The router's routes. Raises ``Undeclared`` for what can say nothing of who may call it."""
    for route in router.routes:
        if not isinstance(route, APIRoute):
            raise MissingAccessPolicy(f"{route} is no route that can say who may call it.")
        yield route


def _calls(dependant: Dependant) -> Iterator[Callable[..., object]]:
    for needed in dependant.dependencies:
        if needed.call is not None:
            yield needed.call
        yield from _calls(needed)
