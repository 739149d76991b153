"""Every button of the shop: what it needs, and what is sent when it is pressed."""

import json
from collections.abc import Callable
from typing import Any

from ulid import ULID

from app.customers.magic_links import Network, offer_link
from app.customers.models import hashed
from app.customers.sessions import sessions_of, start_session
from tests.builders import NOON, sku_of
from tests.simulation.simulator.requests import CUSTOMER, Button, Press, Shop
from tests.simulation.simulator.web import Fields, Form, hidden
from tests.unit.app.web import pages

ADDRESS = pages.ADDRESS | {"email": CUSTOMER}
PACKING = 40.0  # seconds after an order is placed
BUTTONS: list[Button] = []

type Ready = Callable[[Shop], Callable[[], Press]]


def button(route: str, **told: Any) -> Callable[[Ready], Ready]:
    def keep(ready: Ready) -> Ready:
        BUTTONS.append(Button(route, ready, **told))
        return ready

    return keep


def _in_cart(shop: Shop) -> Fields:
    return {"sku": sku_of(shop.product), "quantity": "2"}


@button("/cart", leaves="cart")  # pressed twice, it adds twice: the page shows it
def _add(shop: Shop) -> Callable[[], Press]:
    return lambda: (shop.guest, Form("/cart", _in_cart(shop)))


@button("/cart/lines/{sku}")
def _set_line(shop: Shop) -> Callable[[], Press]:
    shop.guest.did("/cart", _in_cart(shop))
    path = f"/cart/lines/{sku_of(shop.product)}"
    return lambda: (shop.guest, Form(path, {"quantity": "3"}))


@button("/checkout")
def _place(shop: Shop) -> Callable[[], Press]:
    shop.guest.did("/cart", _in_cart(shop))
    form = hidden(shop.guest.get("/checkout"), "form", "cart_version", "total")
    return lambda: (shop.guest, Form("/checkout", form | ADDRESS))


@button("/checkout/address", answers=(200,))
def _address(shop: Shop) -> Callable[[], Press]:
    shop.guest.did("/cart", _in_cart(shop))
    return lambda: (shop.guest, Form("/checkout/address", ADDRESS | {"country": "GB"}))


@button("/api/orders", answers=(200, 201))
def _order(shop: Shop) -> Callable[[], Press]:
    names = ("name", "street", "postal_code", "city", "country")
    asked = {
        "lines": [{"sku": sku_of(shop.product), "quantity": 1}],
        "email": CUSTOMER,
        "address": {name: ADDRESS[name] for name in names},
        "payment_method": "pm_succeeds",
    }
    headers = {"content-type": "application/json", "idempotency-key": "k" * 30}
    return lambda: (shop.guest, Form("/api/orders", {"json": json.dumps(asked)}, headers))


@button("/orders/{order_id}/cancel", at=PACKING)
def _cancel(shop: Shop) -> Callable[[], Press]:
    path = f"/orders/{shop.an_order().order_id}/cancel"
    return lambda: (shop.customer, Form(path))


@button("/orders/{order_id}/again")
def _again(shop: Shop) -> Callable[[], Press]:
    path = f"/orders/{shop.an_order().order_id}/again"
    return lambda: (shop.customer, Form(path))


@button("/sign-in", answers=(200,), leaves="limit|link")  # each try is counted, and makes a link
def _sign_in(shop: Shop) -> Callable[[], Press]:
    return lambda: (shop.guest, Form("/sign-in", {"email": CUSTOMER, "next": "/"}))


# A link that was used up by somebody who died is used up: one asks for another.
@button("/sign-in/{token}", again=(404,), leaves="place#|session|cart")
def _arrive(shop: Shop) -> Callable[[], Press]:
    shop.guest.did("/cart", _in_cart(shop))
    token = offer_link(CUSTOMER, Network("192.0.2.1"), "/", now=NOON)
    return lambda: (shop.guest, Form(f"/sign-in/{token}"))


@button("/sign-out", leaves="place#")  # it leads to no session any more, and expires
def _leave(shop: Shop) -> Callable[[], Press]:
    return lambda: (shop.customer, Form("/sign-out"))


@button("/signed-in/others/end")
def _end_others(shop: Shop) -> Callable[[], Press]:
    start_session(hashed("another"), CUSTOMER, now=NOON)
    return lambda: (shop.customer, Form("/signed-in/others/end"))


@button("/signed-in/{place_id}/end", again=(404,))
def _end(shop: Shop) -> Callable[[], Press]:
    start_session(hashed("another"), CUSTOMER, now=NOON)
    (there,) = (it for it in sessions_of(CUSTOMER, now=NOON) if it.visitor == hashed("another"))
    return lambda: (shop.customer, Form(f"/signed-in/{there.id}/end"))


@button("/look")
def _look(shop: Shop) -> Callable[[], Press]:
    return lambda: (shop.guest, Form("/look", {"look": "dark"}))


@button("/language")
def _language(shop: Shop) -> Callable[[], Press]:
    return lambda: (shop.guest, Form("/language", {"language": "de"}))


@button("/behind")
def _behind(shop: Shop) -> Callable[[], Press]:
    return lambda: (shop.guest, Form("/behind", {"behind": "on"}))


def minted() -> str:
    return str(ULID())
