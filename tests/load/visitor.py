"""One visitor of a load test, who opens pages and submits the shop's forms as a browser does."""

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from app.web.security.caller_limits import LOAD_TEST_HEADER
from infra.local.form_client import checkout_input, hidden_fields
from tests.load.plan import CatalogItem, Customer
from tests.load.records import ActionRecord, Record, VisitorRecord

COOKIES = ("visitor", "__Host-visitor")
NAME = "Lode Proof"


class SoldOut(Exception):
    """The shop answered that the item is sold out, as it may in a flash sale."""


class UnexpectedResponse(Exception):
    """The shop answered with a status that the journey does not allow; the visit ends."""


class Visitor:
    """``session`` is Locust's HTTP session, which times each request under the name of its page."""

    def __init__(
        self,
        session: Any,
        origin: str,
        record: Callable[[Record], None],
        load_test_header: str = "",
    ) -> None:
        self._session, self._record = session, record
        session.headers.update({"Origin": origin, "User-Agent": "shop load"})
        session.headers[LOAD_TEST_HEADER] = load_test_header

    def sign_in_as(self, customer: Customer, url: str) -> None:
        """Set the session cookie with the domain of the cookie that the shop will renew.

        Otherwise the jar holds two cookies of one name, and the shop accepts neither.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        domain = host if "." in host else f"{host}.local"  # how cookie jars store such a host
        name = COOKIES[parts.scheme == "https"]
        self._session.cookies.set(name, customer.token, domain=domain, path="/")

    def leave(self) -> None:
        for name in COOKIES:
            if token := self._session.cookies.get(name):
                self._record(VisitorRecord(hashlib.sha256(token.encode()).hexdigest()))
        self._session.close()

    def open_page(self, page: str, path: str) -> str:
        """Return the page's HTML."""
        return str(self._send(page, "GET", path, (200,)).text)

    def add_to_cart(self, item: CatalogItem, *, may_sell_out: bool = False) -> None:
        refusals = (409, 422) if may_sell_out else ()
        form = {"sku": item.sku, "quantity": "1"}
        if self._send("Add to cart", "POST", "/cart", (303, *refusals), form).status_code != 303:
            raise SoldOut

    def remove_from_cart(self, item: CatalogItem) -> None:
        form = {"quantity": "0"}
        self._send("Remove from cart", "POST", f"/cart/lines/{item.sku}", (303,), form)

    def fill_in_checkout(
        self, email: str, payment_method: str, *, may_sell_out: bool = False
    ) -> dict[str, str]:
        expected = (200, 303) if may_sell_out else (200,)
        response = self._send("Checkout", "GET", "/checkout", expected)
        if response.status_code != 200:
            raise SoldOut
        return {**hidden_fields(response.text), **checkout_input(email, NAME, payment_method)}

    def pay(self, form: dict[str, str], *, may_sell_out: bool = False) -> str:
        """Submit the checkout form and return the order's id."""
        expected = (303, 409) if may_sell_out else (303,)
        response = self._send("Place order", "POST", "/checkout", expected, form)
        if response.status_code != 303:
            raise SoldOut
        order_id = response.headers["location"].rpartition("/")[2]
        milliseconds = response.elapsed.total_seconds() * 1000
        self._record(ActionRecord("place", order_id, form["form"], milliseconds))
        return str(order_id)

    def cancel(self, order_id: str) -> None:
        """Both answers are recorded: cancelled, or refused since it is too late."""
        path = f"/orders/{quote(order_id)}/cancel"
        response = self._send("Cancel", "POST", path, (303, 409))
        accepted = response.status_code == 303
        milliseconds = response.elapsed.total_seconds() * 1000
        self._record(ActionRecord("cancel", order_id, order_id, milliseconds, accepted=accepted))

    def _send(
        self,
        page: str,
        method: str,
        path: str,
        expected: tuple[int, ...],
        form: dict[str, str] | None = None,
    ) -> Any:
        """Raises ``UnexpectedResponse`` for any other status, which Locust counts as a failure."""
        with self._session.request(
            method, path, name=page, data=form, allow_redirects=False, catch_response=True
        ) as response:
            if response.status_code not in expected:
                response.failure(f"answered {response.status_code}")
                raise UnexpectedResponse(page)
            response.success()
            return response
