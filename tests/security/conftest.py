"""An account of each kind: nobody, two guests, two shoppers and a merchant."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.cart.cart import Cart
from app.cart.models import change_cart
from app.catalog.models import Product
from app.customers.models import Place as SignInPlace
from app.customers.models import customer_of, visitor_key
from infra.local.cloud import LocalCloud
from tests.builders import NOON, a_product, tidied_up
from tests.fake_clouds import MERCHANT, settings_where_nothing_runs, speak_to
from tests.security.fuzz.strict_keys import as_strict_as_aws
from tests.unit.app.web.conftest import OpenBrowser, another, browser, open_browser  # noqa: F401
from tests.unit.app.web.pages import put_in_cart, signed_in


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
        owner = visitor_key(customer_of(self.emails[name]))
        (place,) = SignInPlace.query(owner, SignInPlace.part.startswith("place#"))
        return str(place.part).removeprefix("place#")


@pytest.fixture(scope="module")
def people(tables_cloud: LocalCloud, open_browser: OpenBrowser) -> Iterator[People]:  # noqa: F811
    with gathered(tables_cloud, open_browser) as found, as_strict_as_aws():
        yield found


@contextmanager
def gathered(cloud: LocalCloud, open_browser: OpenBrowser) -> Iterator[People]:  # noqa: F811
    speak_to(settings_where_nothing_runs(cloud))
    emails = {name: f"{name}-{ULID()}@potter.example".lower() for name in ("shopper", "other")}
    emails = {"shopper": emails["shopper"], "other_shopper": emails["other"], "merchant": MERCHANT}
    with tidied_up():
        product = a_product(pieces=500)
        guests = [open_browser(), open_browser()]
        for guest in guests:
            put_in_cart(guest, product)
        known = [signed_in(open_browser(), email) for email in emails.values()]
        yield People(emails, product, open_browser(), *guests, *known)
    for email in emails.values():  # the merchant is everybody's, and so is their cart
        change_cart(customer_of(email), lambda _: Cart(), now=NOON)
