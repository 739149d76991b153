"""Hostile values in every place of every route: path, query, form field and JSON field.

Surrogates, NUL, the ends of time, and runs of one character up to the size of a body.
"""

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from fastapi.routing import APIRoute

from app.web.security.query_params import single_params
from tests.builders import sku_of
from tests.security.conftest import Callers
from tests.security.fuzz import strategies as of
from tests.security.fuzz.random_requests import FORMS, MAX_URL_LENGTH, RandomRequest
from tests.security.test_authorization import CALLS
from tests.unit.app.web.api.test_api import order_body
from tests.unit.app.web.pages import place_order

VALUES = (*of.SURROGATES[:2], *of.NULS[:2], *of.MOMENTS[:4])
IN_URL = (*VALUES, *(of.run(it, MAX_URL_LENGTH - 2_000) for it in of.RUN_CHARACTERS))
IN_BODY = (
    *VALUES,
    *(of.run(it, size) for it in of.RUN_CHARACTERS for size in (9_900, of.MAX_RUN_BYTES)),
)
FORM = ("Content-Type", "application/x-www-form-urlencoded")
PARTS = ("Content-Type", "multipart/form-data; boundary=x")
API_HEADERS = (("Idempotency-Key", "k" * 24), ("Content-Type", "application/json"))


def hostile_requests(callers: Callers) -> Iterator[RandomRequest]:
    """One request for each place and value, by a caller whom the route admits."""
    known = {
        "sku": sku_of(callers.product),
        "slug": str(callers.product.slug),
        "order_id": place_order(callers.guest, callers.product),
        "language": "de",
        "table": "spans",
    }
    for method, route in CALLS:
        if route.path in ("/sign-out", "/account/sessions/sign-out-others"):
            continue  # they have no place for a value, and would sign the caller out
        yield from _in_path(method, route, known)
        yield from _in_query(method, route, known)
        yield from _in_form(method, route, known)
    yield from _in_json()


def _by(route: APIRoute) -> str:
    return "shop_owner" if route.path.startswith(("/admin", "/account")) else "guest"


def _path(route: APIRoute, known: dict[str, str], **hostile: str) -> str:
    parts = {name: known.get(name, "0" * 26) for name in route.param_convertors} | hostile
    encoded = {name: quote(part, safe="", errors="surrogatepass") for name, part in parts.items()}
    return route.path.format(**encoded)


def _in_path(method: str, route: APIRoute, known: dict[str, str]) -> Iterator[RandomRequest]:
    for name in route.param_convertors:
        for value in IN_URL:
            path = _path(route, known, **{name: value})
            form = tuple(FORMS.get(route.path, {}).items())
            yield RandomRequest(_by(route), method, path, (FORM,), form)


def _in_query(method: str, route: APIRoute, known: dict[str, str]) -> Iterator[RandomRequest]:
    names = single_params(route) | ({"colour"} if "category" in single_params(route) else set())
    for name in sorted(names):
        for value in IN_URL:
            query = f"?{name}={quote(value, safe='', errors='surrogatepass')}"
            yield RandomRequest(_by(route), method, _path(route, known) + query, (FORM,))


def _in_form(method: str, route: APIRoute, known: dict[str, str]) -> Iterator[RandomRequest]:
    fields = FORMS.get(route.path, {})
    for name in fields:
        for value in IN_BODY:
            form = tuple((fields | {name: value}).items())
            urlencoded = RandomRequest(_by(route), method, _path(route, known), (FORM,), form)
            yield urlencoded
            if value in VALUES:
                yield replace(urlencoded, headers=(PARTS,))


def _in_json() -> Iterator[RandomRequest]:
    body: Any = order_body(("SKU", 1))
    for place in _places(body):
        for value in IN_BODY:
            json = copy.deepcopy(body)
            inner = json
            for step in place[:-1]:
                inner = inner[step]
            inner[place[-1]] = value
            yield RandomRequest("guest", "POST", "/api/orders", API_HEADERS, json=json)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every leaf, and of every container."""
    if path:
        yield path
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for step, inner in items:
            yield from _places(inner, (*path, step))
