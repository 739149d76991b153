"""Authorization: every route, called by every kind of caller, for their own and other resources."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from httpx import Response
from ulid import ULID

from app import main
from app.aws.secrets import signing_secret
from app.main import ROUTERS, create_app
from app.orders.signed_links import order_key
from app.web.security.authorization import Access, MissingAccessPolicy, required_access, routes_of
from app.web.security.csrf import API_PREFIXES
from app.web.security.sessions import CurrentVisitor, Customer, Merchant
from tests.builders import a_discount, sku_of
from tests.security.conftest import Callers
from tests.unit.app.web.pages import FRAGMENT_HEADERS, place_order

ROUTES = [route for router in ROUTERS for route in routes_of(router)]
CALLS = [(method, route) for route in ROUTES for method in sorted(route.methods or ())]
NAMES = [f"{method} {route.path}" for method, route in CALLS]
# Routes that change sessions or visibility, or need data of their own tests, are not called here.
PARAMETERS_OF_OTHER_TESTS = {"session_id", "address_id", "image_id", "import_id", "token"}
CHANGES_OTHER_TESTS = {
    "/sign-out",
    "/account/sessions/sign-out-others",
    "/account/delete",
    "/admin/products/{slug}/unpublish",
    "/admin/products/{slug}/archive",
    "/admin/products/{slug}/restore",
    "/admin/products/{slug}/delete",
}
REACHABLE = [
    (method, route)
    for method, route in CALLS
    if not PARAMETERS_OF_OTHER_TESTS & set(route.param_convertors)
    and route.path not in CHANGES_OTHER_TESTS
]
ROLES = (Access.MERCHANT, Access.SHOP_OWNER)
ORDER_POLICIES = (Access.ORDER_OWNER, Access.ORDER_TOKEN)
MERCHANTS = ("staff", "shop_owner")
CALLERS = ("anonymous", "guest", "other_guest", "customer", "other_customer", *MERCHANTS)
SIGNED_IN = frozenset({"customer", "other_customer", *MERCHANTS})
UNKNOWN_ID = "0" * 26


@dataclass(frozen=True)
class Resources:
    """The ids in URLs. ``owner`` may view the order and end the session."""

    owner: str
    order_id: str
    session_id: str
    token: str = ""


@pytest.fixture(scope="module")
def resources(callers: Callers) -> dict[str, Resources]:
    """Those of a guest, those of a customer, and unknown ids."""
    guest_order, customer_order = (
        place_order(callers.browser_of(name), callers.product) for name in ("guest", "customer")
    )
    place = callers.session_of("customer")
    return {
        "of a guest": Resources(
            "guest", guest_order, place, order_key(guest_order, signing_secret())
        ),
        "of a customer": Resources(
            "customer", customer_order, place, order_key(customer_order, signing_secret())
        ),
        "unknown": Resources("", UNKNOWN_ID, UNKNOWN_ID),
    }


@cache
def _existing_code() -> str:
    return a_discount().code


def path_to(route: APIRoute, resource: Resources, callers: Callers) -> str:
    return route.path.format(
        order_id=resource.order_id,
        session_id=resource.session_id,
        address_id=UNKNOWN_ID,
        slug=callers.product.slug,
        sku=sku_of(callers.product),
        image_id="nothing",
        code=_existing_code(),
        token="x" * 43,
        table="intervals",
        language="de",
        import_id=UNKNOWN_ID,
        tracking_code="HC012345678920260601DE",
    )


def call(callers: Callers, caller: str, method: str, path: str, **headers: str) -> Response:
    browser = callers.browser_of(caller)
    form = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
    if path.startswith(API_PREFIXES):
        form = {}
    cookies = dict(browser.cookies)
    try:
        response: Response = browser.request(method, path, headers={**form, **headers})
    finally:  # a route that sets a cookie must not change the caller
        browser.cookies.clear()
        browser.cookies.update(cookies)
    return response


def redirects_to_sign_in(response: Response) -> bool:
    to = response.headers.get("location", "") + response.headers.get("hx-redirect", "")
    return bool(to.startswith("/sign-in?next=/"))


def is_allowed(access: Access, caller: str, resource: Resources) -> bool:
    allowed: dict[Access, bool] = {
        Access.PUBLIC: True,
        Access.CUSTOMER: caller in SIGNED_IN,
        Access.MERCHANT: caller in MERCHANTS,
        Access.SHOP_OWNER: caller == "shop_owner",
        Access.ORDER_OWNER: caller == resource.owner,
        Access.ORDER_TOKEN: False,  # no caller here sends the token; another test does
        Access.PROVIDER_SIGNATURE: False,  # nor can any of them sign
    }
    return allowed[access]


@pytest.mark.parametrize(("method", "route"), CALLS, ids=NAMES)
@pytest.mark.parametrize("headers", [{}, FRAGMENT_HEADERS], ids=["page", "part"])
def test_route_denies_every_caller_that_its_access_policy_excludes(
    callers: Callers,
    resources: dict[str, Resources],
    method: str,
    route: APIRoute,
    headers: dict[str, str],
) -> None:
    access = required_access(route)
    outcomes = []
    for caller, resource in denied_callers(access, route, resources):
        response = call(callers, caller, method, path_to(route, resource, callers), **headers)
        refused = is_refused(response, access, caller)
        outcomes.append((caller, resource.order_id, refused))

    assert all(refused for _, _, refused in outcomes), outcomes


def is_refused(response: Response, access: Access, caller: str) -> bool:
    if is_asked_to_sign_in(access, caller):
        return redirects_to_sign_in(response) or is_refused_program(response)
    return response.status_code == (401 if access == Access.PROVIDER_SIGNATURE else 404)


def is_refused_program(response: Response) -> bool:
    """The API answers 401 where a page leads to the sign-in page."""
    is_problem = response.headers.get("content-type") == "application/problem+json"
    return response.status_code == 401 and is_problem


def denied_callers(
    access: Access, route: APIRoute, resources: dict[str, Resources]
) -> Iterator[tuple[str, Resources]]:
    about = resources.values() if "{order_id}" in route.path else [resources["of a guest"]]
    for resource in about:
        yield from (
            (caller, resource) for caller in CALLERS if not is_allowed(access, caller, resource)
        )


def is_asked_to_sign_in(access: Access, caller: str) -> bool:
    """Callers without a session are sent to the sign-in page, where a session would help."""
    return access in (Access.CUSTOMER, *ROLES) and caller not in SIGNED_IN


@pytest.mark.parametrize(
    ("method", "route"), REACHABLE, ids=[f"{method} {route.path}" for method, route in REACHABLE]
)
def test_route_admits_every_caller_that_its_access_policy_includes(
    callers: Callers, resources: dict[str, Resources], method: str, route: APIRoute
) -> None:
    access = required_access(route)
    own = [resource for resource in resources.values() if resource.owner]
    for resource, caller in ((resource, caller) for resource in own for caller in CALLERS):
        if is_allowed(access, caller, resource):
            response = call(callers, caller, method, path_to(route, resource, callers))
            assert not redirects_to_sign_in(response)
            assert response.status_code not in (401, 403, 404) or route.path.startswith("/cart")
            assert response.status_code < 500


@pytest.mark.parametrize(
    ("method", "route"),
    [pair for pair in CALLS if required_access(pair[1]) in ORDER_POLICIES],
    ids=[n for n, c in zip(NAMES, CALLS, strict=True) if required_access(c[1]) in ORDER_POLICIES],
)
def test_order_of_another_customer_is_indistinguishable_from_an_unknown_one(
    callers: Callers, resources: dict[str, Resources], method: str, route: APIRoute
) -> None:
    for caller in CALLERS:
        responses = [
            call(callers, caller, method, path_to(route, resource, callers))
            for resource in resources.values()
            if resource.owner != caller
        ]
        assert {response.status_code for response in responses} == {404}
        assert len({without_ids(response.text, resources) for response in responses}) == 1


def without_ids(body: str, resources: dict[str, Resources]) -> str:
    """The page without the requested ids, which its forms contain, and the request's own."""
    for resource in resources.values():
        body = body.replace(resource.order_id, "").replace(resource.session_id, "")
    return re.sub(r'"request_id":"[0-9a-f]+"', "", body)


def test_session_of_another_customer_is_indistinguishable_from_an_unknown_one(
    callers: Callers, resources: dict[str, Resources]
) -> None:
    for caller in ("other_customer", *MERCHANTS):
        other = call(
            callers, caller, "POST", f"/account/sessions/{callers.session_of('customer')}/sign-out"
        )
        none = call(callers, caller, "POST", f"/account/sessions/{UNKNOWN_ID}/sign-out")
        assert other.status_code == none.status_code == 404
        assert without_ids(other.text, resources) == without_ids(none.text, resources)
    assert callers.customer.get("/account").status_code == 200


def test_order_token_authorizes_its_own_order_only(
    callers: Callers, resources: dict[str, Resources]
) -> None:
    own, other = resources["of a guest"], resources["of a customer"]
    bearer = {"Authorization": f"Bearer {own.token}"}

    responses = [
        call(callers, "anonymous", "GET", f"/api/orders/{resource.order_id}", **bearer)
        for resource in (own, other, resources["unknown"])
    ]

    assert [response.status_code for response in responses] == [200, 404, 404]
    assert without_ids(responses[1].text, resources) == without_ids(responses[2].text, resources)


def without_policy() -> None: ...
def for_two_audiences(_: Customer, __: Merchant) -> None: ...
def reads_visitor_only(_: CurrentVisitor) -> None: ...


@pytest.mark.parametrize("endpoint", [without_policy, for_two_audiences, reads_visitor_only])
def test_app_does_not_start_with_a_route_without_one_access_policy(
    endpoint: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = APIRouter()
    router.add_api_route("/undeclared", endpoint)  # type: ignore[arg-type]
    monkeypatch.setattr(main, "ROUTERS", (*ROUTERS, router))

    with pytest.raises(MissingAccessPolicy, match="/undeclared"):
        create_app()


def test_app_does_not_start_with_a_mounted_app(monkeypatch: pytest.MonkeyPatch) -> None:
    router = APIRouter()
    router.mount("/files", FastAPI())
    monkeypatch.setattr(main, "ROUTERS", (*ROUTERS, router))

    with pytest.raises(MissingAccessPolicy):
        create_app()


def test_every_route_of_the_app_is_checked_here() -> None:
    created = create_app()

    assert len(created.routes) == len(ROUTERS)
    assert len(CALLS) == len(set(NAMES)) >= 54


API_ORDER_FIELDS = {
    *("order_id", "number", "status", "lines", "address", "subtotal", "discount", "discount_code"),
    *("shipping", "total"),
    *("billing_address", "delivery_note", "tax", "refunded", "currency", "placed_at"),
    *("tracking_code", "close_reason", "cancel_requested", "returns"),
}
NOTE = "Glaze B failed in this kiln before"


def test_owner_of_an_order_reads_nothing_that_is_for_merchants(
    callers: Callers, resources: dict[str, Resources]
) -> None:
    own = resources["of a guest"]
    note = {"note": NOTE, "note_id": str(ULID())}
    callers.shop_owner.post(f"/admin/orders/{own.order_id}/notes", data=note)
    assert NOTE in callers.shop_owner.get(f"/admin/orders/{own.order_id}").text

    page = call(callers, "guest", "GET", f"/orders/{own.order_id}").text

    assert NOTE not in page
    assert callers.emails["shop_owner"] not in page


def test_api_returns_the_documented_fields_of_an_order_only(
    callers: Callers, resources: dict[str, Resources]
) -> None:
    own = resources["of a guest"]
    bearer = {"Authorization": f"Bearer {own.token}"}

    body = call(callers, "anonymous", "GET", f"/api/orders/{own.order_id}", **bearer).json()

    assert set(body) == API_ORDER_FIELDS
