"""A caller of each kind: anonymous, two guests, two customers, staff and an owner of the shop."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.cart.cart import Cart
from app.cart.models import load_cart, update_cart
from app.catalog.models import Product
from app.customers.models import DeviceSession, customer_id, visitor_key
from infra.local.cloud import LocalCloud
from tests.builders import NOON, a_product, cleaned_up
from tests.fake_clouds import MERCHANT, STAFF, passive_settings, use_cloud
from tests.unit.app.web.conftest import OpenBrowser, another, browser, open_browser  # noqa: F401
from tests.unit.app.web.pages import put_in_cart, sign_in_as


@dataclass(frozen=True)
class Callers:
    """All kinds of callers, each with a browser."""

    emails: dict[str, str]
    product: Product
    anonymous: TestClient
    guest: TestClient
    other_guest: TestClient
    customer: TestClient
    other_customer: TestClient
    staff: TestClient
    shop_owner: TestClient

    def browser_of(self, name: str) -> TestClient:
        client: TestClient = getattr(self, name)
        return client

    def session_of(self, name: str) -> str:
        """The id of this caller's device session."""
        owner = visitor_key(customer_id(self.emails[name]))
        (session,) = DeviceSession.query(owner, DeviceSession.part.startswith("device_session#"))
        return str(session.part).removeprefix("device_session#")


@pytest.fixture(scope="module")
def callers(tables_cloud: LocalCloud, open_browser: OpenBrowser) -> Iterator[Callers]:  # noqa: F811
    with open_callers(tables_cloud, open_browser) as callers:
        yield callers


@contextmanager
def open_callers(cloud: LocalCloud, open_browser: OpenBrowser) -> Iterator[Callers]:  # noqa: F811
    use_cloud(passive_settings(cloud))
    emails = {name: f"{name}-{ULID()}@potter.example".lower() for name in ("customer", "other")}
    emails = {
        "customer": emails["customer"],
        "other_customer": emails["other"],
        "staff": STAFF,
        "shop_owner": MERCHANT,
    }
    with cleaned_up():
        product = a_product(quantity=500)
        guests = [open_browser(), open_browser()]
        for guest in guests:
            put_in_cart(guest, product)
        known = [sign_in_as(open_browser(), email) for email in emails.values()]
        yield Callers(emails, product, open_browser(), *guests, *known)
    for email in emails.values():  # all tests share the merchant, and so the cart
        if load_cart(customer_id(email)).version:
            update_cart(customer_id(email), lambda _: Cart(), now=NOON)
