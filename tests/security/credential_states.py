"""Credentials in every state of their life, each with an order that they once opened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from itsdangerous import TimestampSigner

from app.aws.secrets import signing_secret
from app.customers.models import Session, visitor_id_of, visitor_key
from app.orders.models import Order
from app.orders.signed_links import GRANT_LIFETIME_SECONDS, grant_order, order_key
from app.web.storefront.order_access import GUEST_ACCESS
from infra.local.cloud import LocalCloud
from tests.builders import a_product
from tests.fake_clouds import MERCHANT, STAFF
from tests.unit.app.web.conftest import OpenBrowser
from tests.unit.app.web.pages import place_order, sign_in_as
from tests.unit.app.web.storefront.test_account import an_email, session_id_in, sign_in

ADDRESS = {"name": "Ottoline Weaver", "street": "7 Loom Lane", "email": "otto@weaver.example"}


@dataclass(frozen=True)
class CredentialState:
    """The ``Cookie`` header of a caller, an order, and which kinds of routes are open to them."""

    cookie: str
    order_id: str
    may: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Visits:
    """Opens browsers, signs them in by real links and places orders in them."""

    cloud: LocalCloud
    open_browser: OpenBrowser

    def guest(self) -> tuple[TestClient, str]:
        browser = self.open_browser()
        return browser, place_order(browser, a_product(), **ADDRESS)

    def customer(self, email: str = "") -> tuple[TestClient, str]:
        """A signed-in customer who has ordered with an address that is not theirs."""
        browser = self.open_browser()
        sign_in(self.cloud, browser, email or an_email())
        return browser, place_order(browser, a_product(), **ADDRESS)

    def linked(self, order_id: str, browser: TestClient | None = None) -> str:
        """The cookies of a browser that has opened the order's link."""
        browser = browser or self.open_browser()
        key = order_key(order_id, signing_secret())
        assert browser.get(f"/orders/{order_id}?key={key}").status_code == 303
        paths = ("/", f"/orders/{order_id}")  # the cookie is set for the German address, too
        sent = (it for it in browser.cookies.jar if it.path in paths)
        return "; ".join(f"{it.name}={it.value}" for it in sent)


def cookie_of(browser: TestClient) -> str:
    return f"visitor={browser.cookies['visitor']}"


STATES: dict[str, Callable[[Visits], CredentialState]] = {}


def state(build: Callable[[Visits], CredentialState]) -> Callable[[Visits], CredentialState]:
    STATES[build.__name__] = build
    return build


@state
def anonymous(visits: Visits) -> CredentialState:
    return CredentialState("", visits.guest()[1])


@state
def guest(visits: Visits) -> CredentialState:
    browser, order_id = visits.guest()
    return CredentialState(cookie_of(browser), order_id, frozenset({"order"}))


@state
def guest_after_a_week(visits: Visits) -> CredentialState:
    browser, order_id = visits.guest()
    placed_at = datetime.now(UTC) - GUEST_ACCESS
    Order(order_id, "order").update(actions=[Order.placed_at.set(placed_at)])
    return CredentialState(cookie_of(browser), order_id)


@state
def guest_cookie_copied_before_sign_in(visits: Visits) -> CredentialState:
    browser, order_id = visits.guest()
    copy = cookie_of(browser)
    sign_in(visits.cloud, browser, an_email())
    return CredentialState(copy, order_id)


@state
def guest_cookie_copied_before_sign_out(visits: Visits) -> CredentialState:
    browser, order_id = visits.guest()
    copy = cookie_of(browser)
    browser.post("/sign-out")
    return CredentialState(copy, order_id)


@state
def signed_in(visits: Visits) -> CredentialState:
    browser, order_id = visits.customer()
    return CredentialState(cookie_of(browser), order_id, frozenset({"order", "customer"}))


@state
def signed_out(visits: Visits) -> CredentialState:
    browser, order_id = visits.customer()
    copy = cookie_of(browser)
    browser.post("/sign-out")
    return CredentialState(copy, order_id)


@state
def ended_elsewhere(visits: Visits) -> CredentialState:
    email = an_email()
    lost, order_id = visits.customer(email)
    current, _ = visits.customer(email)
    page = current.get("/account").text
    assert current.post(f"/account/sessions/{session_id_in(page)}/sign-out").status_code == 303
    return CredentialState(cookie_of(lost), order_id)


@state
def ended_with_all_other_devices(visits: Visits) -> CredentialState:
    email = an_email()
    lost, order_id = visits.customer(email)
    current, _ = visits.customer(email)
    current.post("/account/sessions/sign-out-others")
    return CredentialState(cookie_of(lost), order_id)


@state
def rotated(visits: Visits) -> CredentialState:
    """A copy of the cookie of the device on which "Sign out all other devices" was chosen."""
    browser, order_id = visits.customer()
    copy = cookie_of(browser)
    browser.post("/account/sessions/sign-out-others")
    assert cookie_of(browser) != copy
    return CredentialState(copy, order_id)


@state
def after_rotation(visits: Visits) -> CredentialState:
    browser, order_id = visits.customer()
    browser.post("/account/sessions/sign-out-others")
    return CredentialState(cookie_of(browser), order_id, frozenset({"order", "customer"}))


@state
def expired(visits: Visits) -> CredentialState:
    browser, order_id = visits.customer()
    session = Session(visitor_key(visitor_id_of(browser.cookies["visitor"])), "session")
    session.update(actions=[Session.expires_at.set(datetime.now(UTC) - timedelta(seconds=1))])
    return CredentialState(cookie_of(browser), order_id)


@state
def expired_and_deleted_by_ttl(visits: Visits) -> CredentialState:
    browser, order_id = visits.customer()
    Session(visitor_key(visitor_id_of(browser.cookies["visitor"])), "session").delete()
    return CredentialState(cookie_of(browser), order_id)


@state
def link(visits: Visits) -> CredentialState:
    _, order_id = visits.guest()
    return CredentialState(visits.linked(order_id), order_id, frozenset({"order"}))


@state
def link_cookie_without_the_visitor_who_opened_it(visits: Visits) -> CredentialState:
    _, order_id = visits.guest()
    other = visits.linked(visits.guest()[1])
    grant = visits.linked(order_id).split("order=")[1].split(";")[0]
    visitor = other.split("visitor=")[1].split(";")[0]
    return CredentialState(f"visitor={visitor}; order={grant}", order_id)


@state
def link_cookie_left_after_sign_out(visits: Visits) -> CredentialState:
    browser, _ = visits.customer()
    _, order_id = visits.guest()
    copy = visits.linked(order_id, browser)
    browser.post("/sign-out")
    return CredentialState(copy, order_id)


@state
def link_cookie_left_by_a_guest_who_signed_in(visits: Visits) -> CredentialState:
    browser, _ = visits.guest()
    _, order_id = visits.guest()
    copy = visits.linked(order_id, browser)
    sign_in(visits.cloud, browser, an_email())
    return CredentialState(copy, order_id)


@state
def link_cookie_after_a_day(visits: Visits) -> CredentialState:
    browser, _ = visits.guest()
    _, order_id = visits.guest()
    visitor = visitor_id_of(browser.cookies["visitor"])
    then = int(datetime.now(UTC).timestamp()) - GRANT_LIFETIME_SECONDS - 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TimestampSigner, "get_timestamp", lambda _: then)
        grant = grant_order(order_id, visitor, signing_secret())
    return CredentialState(f"{cookie_of(browser)}; order={grant}", order_id)


@state
def another_guest(visits: Visits) -> CredentialState:
    browser, _ = visits.guest()
    return CredentialState(cookie_of(browser), visits.customer()[1])


@state
def another_customer(visits: Visits) -> CredentialState:
    browser = visits.open_browser()
    sign_in(visits.cloud, browser, an_email())
    return CredentialState(cookie_of(browser), visits.customer()[1], frozenset({"customer"}))


@state
def shop_owner(visits: Visits) -> CredentialState:
    return _merchant(visits, MERCHANT, frozenset({"customer", "merchant", "shop_owner"}))


@state
def staff(visits: Visits) -> CredentialState:
    return _merchant(visits, STAFF, frozenset({"customer", "merchant"}))


def _merchant(visits: Visits, email: str, may: frozenset[str]) -> CredentialState:
    browser = sign_in_as(visits.open_browser(), email)
    return CredentialState(str(browser.headers["Cookie"]), visits.customer()[1], may)


@state
def forged(visits: Visits) -> CredentialState:
    """The right hash, which tables and logs could show, in place of the token."""
    browser, order_id = visits.customer()
    visitor = visitor_id_of(browser.cookies["visitor"])
    return CredentialState(f"visitor={visitor}", order_id)
