"""An account of each kind: nobody, two guests, two shoppers and a merchant."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.cart.cart import Cart
from app.cart.models import update_cart
from app.catalog.models import Product
from app.customers.models import DeviceSession as SignInPlace
from app.customers.models import customer_id, visitor_key
from infra.local.cloud import LocalCloud
from tests.builders import NOON, a_product, cleaned_up
from tests.fake_clouds import MERCHANT, passive_settings, use_cloud
from tests.security.fuzz.strict_keys import as_strict_as_aws
from tests.unit.app.web.conftest import OpenBrowser, another, browser, open_browser  # noqa: F401
from tests.unit.app.web.pages import put_in_cart, sign_in_as


@dataclass(frozen=True)
class People:
    """Everybody who could call a route, each in a browser of their own."""

    emails: dict[str, str]
    product: Product
    nobody: TestClient
    guest: TestClient
    other_guest: TestClient
    shopper: TestClient
    other_shopper: TestClient
    merchant: TestClient

    def called(self, name: str) -> TestClient:
        theirs: TestClient = getattr(self, name)
        return theirs

    def place_of(self, name: str) -> str:
        """The id of the session that this one has."""
        owner = visitor_key(customer_id(self.emails[name]))
        (place,) = SignInPlace.query(owner, SignInPlace.part.startswith("device_session#"))
        return str(place.part).removeprefix("device_session#")


@pytest.fixture(scope="module")
def people(tables_cloud: LocalCloud, open_browser: OpenBrowser) -> Iterator[People]:  # noqa: F811
    with gathered(tables_cloud, open_browser) as found, as_strict_as_aws():
        yield found


@contextmanager
def gathered(cloud: LocalCloud, open_browser: OpenBrowser) -> Iterator[People]:  # noqa: F811
    use_cloud(passive_settings(cloud))
    emails = {name: f"{name}-{ULID()}@potter.example".lower() for name in ("shopper", "other")}
    emails = {"shopper": emails["shopper"], "other_shopper": emails["other"], "merchant": MERCHANT}
    with cleaned_up():
        product = a_product(quantity=500)
        guests = [open_browser(), open_browser()]
        for guest in guests:
            put_in_cart(guest, product)
        known = [sign_in_as(open_browser(), email) for email in emails.values()]
        yield People(emails, product, open_browser(), *guests, *known)
    for email in emails.values():  # the merchant is everybody's, and so is their cart
        update_cart(customer_id(email), lambda _: Cart(), now=NOON)
