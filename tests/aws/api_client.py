"""A program that orders through the JSON API of a deployed shop, and waits for its orders."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import httpx
import pytest
from ulid import ULID

ADDRESS = {
    "name": "Ada Lovelace",
    "street": "Torstraße 1",
    "postal_code": "10119",
    "city": "Berlin",
    "country": "DE",
}
# SES accepts this address also in its sandbox, and delivers to no one.
# https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
EMAIL = "success@simulator.amazonses.com"


def wait_until[T](read: Callable[[], T], seconds: float) -> T:
    """The first value that is true; fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (value := read()):
        assert time.monotonic() < deadline, "nothing has happened"
        time.sleep(5)
    return value


class ApiClient:
    """``url`` is the shop's address, as customers have it."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.http.close()

    def products(self) -> list[dict[str, Any]]:
        """Skips the test if the shop has none."""
        answer = self.http.get("/api/products").raise_for_status()
        products: list[dict[str, Any]] = answer.json()["products"]
        if not products:
            pytest.skip("needs products: run `shop aws seed`")
        return products

    def sku_in_stock(self) -> str:
        """The cheapest, so that its order needs no review."""
        variants = [it for product in self.products() for it in product["variants"]]
        available = [it for it in variants if it["availability"] == "in_stock"]
        return str(min(available, key=lambda it: it["price"])["sku"])

    def post_order(
        self, sku: str, quantity: int = 1, payment: str = "pm_succeeds", *, key: str = ""
    ) -> httpx.Response:
        """A repeat has the same ``key``; "" stands for a new one."""
        body = {
            "lines": [{"sku": sku, "quantity": quantity}],
            "email": EMAIL,
            "address": ADDRESS,
            "payment_method": payment,
        }
        headers = {"Idempotency-Key": key or str(ULID())}
        return self.http.post("/api/orders", json=body, headers=headers)

    def place(self, sku: str, quantity: int = 1, payment: str = "pm_succeeds") -> "PlacedOrder":
        answer = self.post_order(sku, quantity, payment)
        assert answer.status_code == 201, answer.text
        return PlacedOrder(self.http, answer.json())


class PlacedOrder:
    def __init__(self, http: httpx.Client, placed: dict[str, Any]) -> None:
        self.order_id: str = placed["order_id"]
        self._http = http
        self._headers = {"Authorization": f"Bearer {placed['order_token']}"}

    def read(self) -> dict[str, Any]:
        answer = self._http.get(f"/api/orders/{self.order_id}", headers=self._headers)
        order: dict[str, Any] = answer.raise_for_status().json()
        return order

    def wait_for(self, *statuses: str, seconds: float = 120) -> dict[str, Any]:
        """The order once it has one of these statuses; fails after ``seconds``."""
        deadline = time.monotonic() + seconds
        while (order := self.read())["status"] not in statuses:
            assert time.monotonic() < deadline, f"{self.order_id} is still {order['status']}"
            time.sleep(1)
        return order

    def cancel(self) -> httpx.Response:
        return self._http.post(f"/api/orders/{self.order_id}/cancel", headers=self._headers)
