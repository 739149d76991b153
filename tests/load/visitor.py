"""One visitor of a load test: opens pages and sends the shop's own forms, as a browser would."""

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from infra.local.form_client import hidden_fields, typed
from tests.load.plan import Customer, Ware
from tests.load.records import Came, Note, Pressed

COOKIES = ("visitor", "__Host-visitor")
NAME = "Lode Proof"


class LeftEmptyHanded(Exception):
    """What the visitor wanted is sold out, and the shop said so."""


class Visitor:
    """`session` is locust's: it times each request and reports it under the name of its page."""

    def __init__(self, session: Any, origin: str, note: Callable[[Note], None]) -> None:
        self._session, self._note = session, note
        session.headers.update({"Origin": origin, "User-Agent": "shop load"})

    def sign_in_as(self, customer: Customer, address: str) -> None:
        """The cookie must be the very one that the shop will renew: two of a name are as none."""
        at = urlsplit(address)
        host = at.hostname or ""
        domain = host if "." in host else f"{host}.local"  # as cookie jars name such a host
        name = COOKIES[at.scheme == "https"]
        self._session.cookies.set(name, customer.token, domain=domain, path="/")

    def leave(self) -> None:
        for name in COOKIES:
            if token := self._session.cookies.get(name):
                self._note(Came(hashlib.sha256(token.encode()).hexdigest()))
        self._session.close()

    def look_at(self, page: str, path: str) -> str:
        """The page's text."""
        return str(self._ask(page, "GET", path, (200,)).text)

    def put_in_cart(self, ware: Ware, *, may_sell_out: bool = False) -> None:
        refusals = (409, 422) if may_sell_out else ()
        form = {"sku": ware.sku, "quantity": "1"}
        if self._ask("Add to cart", "POST", "/cart", (303, *refusals), form).status_code != 303:
            raise LeftEmptyHanded

    def put_back(self, ware: Ware) -> None:
        self._ask("Take out", "POST", f"/cart/lines/{ware.sku}", (303,), {"quantity": "0"})

    def fill_in(self, email: str, method: str, *, may_sell_out: bool = False) -> dict[str, str]:
        answer = self._ask("Checkout", "GET", "/checkout", (200, 303) if may_sell_out else (200,))
        if answer.status_code != 200:
            raise LeftEmptyHanded
        return {**hidden_fields(answer.text), **typed(email, NAME, method)}

    def pay(self, form: dict[str, str], *, may_sell_out: bool = False) -> str:
        """Press the button; the order's id."""
        expected = (303, 409) if may_sell_out else (303,)
        answer = self._ask("Place order", "POST", "/checkout", expected, form)
        if answer.status_code != 303:
            raise LeftEmptyHanded
        order_id = answer.headers["location"].rpartition("/")[2]
        self._note(Pressed("place", order_id, form["form"], answer.elapsed.total_seconds() * 1000))
        return str(order_id)

    def cancel(self, order_id: str) -> None:
        """It may be too late, and the shop says so."""
        path = f"/orders/{quote(order_id)}/cancel"
        answer = self._ask("Cancel", "POST", path, (303, 409))
        accepted = answer.status_code == 303
        took = answer.elapsed.total_seconds() * 1000
        self._note(Pressed("cancel", order_id, order_id, took, said_yes=accepted))

    def _ask(
        self,
        page: str,
        method: str,
        path: str,
        expected: tuple[int, ...],
        form: dict[str, str] | None = None,
    ) -> Any:
        """Raises ``Unexpected`` for any other answer, which locust counts as a failure."""
        with self._session.request(
            method, path, name=page, data=form, allow_redirects=False, catch_response=True
        ) as answer:
            if answer.status_code not in expected:
                answer.failure(f"answered {answer.status_code}")
                raise Unexpected(page)
            answer.success()
            return answer


class Unexpected(Exception):
    """The shop answered otherwise than it should; whoever was told so goes home."""
