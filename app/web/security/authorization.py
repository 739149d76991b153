"""Authorization: every route declares who may call it, or the application does not start.

Deny by default: https://cheatsheetseries.owasp.org/cheatsheets/Authorization_Cheat_Sheet.html
"""

from collections.abc import Callable, Iterator
from enum import StrEnum, auto

from fastapi import APIRouter, Depends
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts


class Access(StrEnum):
    """The access policies that a route can declare."""

    PUBLIC = auto()
    CUSTOMER = auto()  # is signed in
    MERCHANT = auto()  # is an owner of the shop or a member of its staff
    SHOP_OWNER = auto()  # decides on money and prices; the table is in infra/DECISIONS.md
    ORDER_OWNER = auto()  # placed the order in the URL, or has the key from an email about it
    ORDER_TOKEN = auto()  # sends the Bearer token of the order in the URL
    PROVIDER_SIGNATURE = auto()  # is the payment provider, which signs each request


class MissingAccessPolicy(Exception):
    """A route declares no access policy, or more than one."""


# A route whose parts declare both needs the stricter one.
STRICTER = {Access.MERCHANT: Access.SHOP_OWNER}

_policies: dict[Callable[..., object], Access] = {}


def requires[Check: Callable[..., object]](access: Access) -> Callable[[Check], Check]:
    """Register a FastAPI dependency as the check that enforces this policy.

    A route declares its policy by depending on the check, so declaration and check cannot differ.
    """

    def register(check: Check) -> Check:
        _policies[check] = access
        return check

    return register


@requires(Access.PUBLIC)
async def _public() -> None:
    """Checks nothing; a public route has to declare that it is public."""


PUBLIC = Depends(_public)


def required_access(route: APIRoute) -> Access:
    """The route's access policy. Raises ``MissingAccessPolicy`` unless it has exactly one."""
    declared = {_policies[call] for call in _dependencies(route.dependant) if call in _policies}
    found = {access for access in declared if STRICTER.get(access) not in declared}
    if len(found) != 1:
        names = " and ".join(sorted(found)) or "none"
        raise MissingAccessPolicy(
            f"{route.path} must declare one access policy; it declares {names}."
        )
    return found.pop()


def require_access_policies(router: APIRouter) -> None:
    """Raises ``MissingAccessPolicy`` unless each route of the router declares one."""
    for route in routes_of(router):
        required_access(route)


def routes_of(router: APIRouter) -> Iterator[APIRoute]:
    """The router's routes. Raises ``MissingAccessPolicy`` for a kind that cannot declare one."""
    for context in iter_route_contexts(router.routes):
        route = context.original_route
        if not isinstance(route, APIRoute):
            raise MissingAccessPolicy(f"{route} is no APIRoute and cannot declare a policy.")
        yield route


def _dependencies(dependant: Dependant) -> Iterator[Callable[..., object]]:
    for dependency in dependant.dependencies:
        if dependency.call is not None:
            yield dependency.call
        yield from _dependencies(dependency)
