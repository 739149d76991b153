"""Every route, called by everybody, about what is theirs, what is another's, and what is not."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from httpx import Response

from app import main
from app.aws.secrets import signing_secret
from app.main import ROUTERS, create_app
from app.orders.signed_links import order_key
from app.web.security.authorization import MissingAccessPolicy, Access, routes_of, required_access
from app.web.security.sessions import CurrentVisitor, Customer, Merchant
from tests.builders import sku_of
from tests.security.conftest import People
from tests.unit.app.web.pages import FRAGMENT_HEADERS, place_order

ROUTES = [route for router in ROUTERS for route in routes_of(router)]
CALLS = [(method, route) for route in ROUTES for method in sorted(route.methods or ())]
NAMES = [f"{method} {route.path}" for method, route in CALLS]
# The others change who is who, or are about what only their own tests make.
MADE_ELSEWHERE = {"place_id", "picture_id", "import_id", "token"}
REACHED = [
    (method, route)
    for method, route in CALLS
    if not MADE_ELSEWHERE & set(route.param_convertors)
    and route.path not in ("/sign-out", "/account/sessions/sign-out-others")
]
ORDER_POLICIES = (Access.ORDER_OWNER, Access.ORDER_TOKEN)
ACTORS = ("nobody", "guest", "other_guest", "shopper", "other_shopper", "merchant")
KNOWN = frozenset({"shopper", "other_shopper", "merchant"})
UNKNOWN_ID = "0" * 26


@dataclass(frozen=True)
class Things:
    """What stands in addresses: ``owner`` may see the order and end the session."""

    owner: str
    order_id: str
    place_id: str
    token: str = ""


@pytest.fixture(scope="module")
def things(people: People) -> dict[str, Things]:
    """A guest's and a shopper's; and what nobody has."""
    guests, shoppers = (
        place_order(people.called(it), people.product) for it in ("guest", "shopper")
    )
    place = people.place_of("shopper")
    return {
        "of a guest": Things("guest", guests, place, order_key(guests, signing_secret())),
        "of a shopper": Things("shopper", shoppers, place, order_key(shoppers, signing_secret())),
        "unknown": Things("", UNKNOWN_ID, UNKNOWN_ID),
    }


def path_to(route: APIRoute, it: Things, people: People) -> str:
    return route.path.format(
        order_id=it.order_id,
        place_id=it.place_id,
        slug=people.product.slug,
        sku=sku_of(people.product),
        image_id="nothing",
        token="x" * 43,
        table="intervals",
        language="de",
        import_id=UNKNOWN_ID,
    )


def call(people: People, actor: str, method: str, path: str, **headers: str) -> Response:
    browser = people.called(actor)
    form = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
    if path.startswith("/api"):
        form = {}
    kept = dict(browser.cookies)
    try:
        answer: Response = browser.request(method, path, headers={**form, **headers})
    finally:  # a route that gives or takes a cookie must not change who is asking
        browser.cookies.clear()
        browser.cookies.update(kept)
    return answer


def sent_to_sign_in(answer: Response) -> bool:
    to = answer.headers.get("location", "") + answer.headers.get("hx-redirect", "")
    return bool(to.startswith("/sign-in?next=/"))


def let_in(who: Access, actor: str, it: Things) -> bool:
    allowed: dict[Access, bool] = {
        Access.PUBLIC: True,
        Access.CUSTOMER: actor in KNOWN,
        Access.MERCHANT: actor == "merchant",
        Access.ORDER_OWNER: actor == it.owner,
        Access.ORDER_TOKEN: False,  # nobody here sends the token; who does is looked at below
    }
    return allowed[who]


@pytest.mark.parametrize(("method", "route"), CALLS, ids=NAMES)
@pytest.mark.parametrize("headers", [{}, FRAGMENT_HEADERS], ids=["page", "part"])
def test_nobody_but_whom_a_route_is_for_gets_in(
    people: People,
    things: dict[str, Things],
    method: str,
    route: APIRoute,
    headers: dict[str, str],
) -> None:
    who = required_access(route)
    closed = []
    for actor, it in outsiders(who, route, things):
        answer = call(people, actor, method, path_to(route, it, people), **headers)
        refused = sent_to_sign_in(answer) if wanted_at_the_door(who, actor) else is_404(answer)
        closed.append((actor, it.order_id, refused))

    assert all(refused for _, _, refused in closed), closed


def outsiders(
    who: Access, route: APIRoute, things: dict[str, Things]
) -> Iterator[tuple[str, Things]]:
    about = things.values() if "{order_id}" in route.path else [things["of a guest"]]
    for it in about:
        yield from ((actor, it) for actor in ACTORS if not let_in(who, actor, it))


def wanted_at_the_door(who: Access, actor: str) -> bool:
    """Who has not signed in may do so, where there is something for those who have."""
    return who in (Access.CUSTOMER, Access.MERCHANT) and actor not in KNOWN


def is_404(answer: Response) -> bool:
    return answer.status_code == 404


@pytest.mark.parametrize(
    ("method", "route"), REACHED, ids=[f"{method} {route.path}" for method, route in REACHED]
)
def test_whom_a_route_is_for_is_not_turned_away(
    people: People, things: dict[str, Things], method: str, route: APIRoute
) -> None:
    who, own = required_access(route), [it for it in things.values() if it.owner]
    for it, actor in ((it, actor) for it in own for actor in ACTORS):
        if let_in(who, actor, it):
            answer = call(people, actor, method, path_to(route, it, people))
            assert not sent_to_sign_in(answer)
            assert answer.status_code not in (401, 403, 404) or route.path.startswith("/cart")
            assert answer.status_code < 500


@pytest.mark.parametrize(
    ("method", "route"),
    [pair for pair in CALLS if required_access(pair[1]) in ORDER_POLICIES],
    ids=[n for n, c in zip(NAMES, CALLS, strict=True) if required_access(c[1]) in ORDER_POLICIES],
)
def test_the_order_of_another_looks_like_one_that_is_not_there(
    people: People, things: dict[str, Things], method: str, route: APIRoute
) -> None:
    for actor in ACTORS:
        answers = [
            call(people, actor, method, path_to(route, it, people))
            for it in things.values()
            if it.owner != actor
        ]
        assert {it.status_code for it in answers} == {404}
        assert len({only_what_is_said(it.text, things) for it in answers}) == 1


def only_what_is_said(body: str, things: dict[str, Things]) -> str:
    """Without the address that somebody asked for, which forms of the page lead back to."""
    for it in things.values():
        body = body.replace(it.order_id, "").replace(it.place_id, "")
    return body


def test_the_session_of_another_looks_like_one_that_is_not_there(
    people: People, things: dict[str, Things]
) -> None:
    for actor in ("other_shopper", "merchant"):
        theirs = call(
            people, actor, "POST", f"/account/sessions/{people.place_of('shopper')}/sign-out"
        )
        none = call(people, actor, "POST", f"/account/sessions/{UNKNOWN_ID}/sign-out")
        assert theirs.status_code == none.status_code == 404
        assert only_what_is_said(theirs.text, things) == only_what_is_said(none.text, things)
    assert people.shopper.get("/account").status_code == 200


def test_a_token_opens_its_own_order_and_no_other(
    people: People, things: dict[str, Things]
) -> None:
    mine, theirs = things["of a guest"], things["of a shopper"]
    bearer = {"Authorization": f"Bearer {mine.token}"}

    answers = [
        call(people, "nobody", "GET", f"/api/orders/{it.order_id}", **bearer)
        for it in (mine, theirs, things["unknown"])
    ]

    assert [it.status_code for it in answers] == [200, 404, 404]
    assert answers[1].text == answers[2].text


def silent() -> None: ...
def for_two(_: Customer, __: Merchant) -> None: ...
def only_looks_who_it_is(_: CurrentVisitor) -> None: ...


@pytest.mark.parametrize("endpoint", [silent, for_two, only_looks_who_it_is])
def test_the_app_does_not_start_with_a_route_that_does_not_say_whom_it_is_for(
    endpoint: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = APIRouter()
    router.add_api_route("/back-door", endpoint)  # type: ignore[arg-type]
    monkeypatch.setattr(main, "ROUTERS", (*ROUTERS, router))

    with pytest.raises(MissingAccessPolicy, match="/back-door"):
        create_app()


def test_the_app_does_not_start_with_what_cannot_say_it(monkeypatch: pytest.MonkeyPatch) -> None:
    router = APIRouter()
    router.mount("/files", FastAPI())
    monkeypatch.setattr(main, "ROUTERS", (*ROUTERS, router))

    with pytest.raises(MissingAccessPolicy):
        create_app()


def test_there_is_no_way_in_but_the_routes_that_were_looked_at() -> None:
    created = create_app()

    assert len(created.routes) == len(ROUTERS)
    assert len(CALLS) == len(set(NAMES)) >= 54
