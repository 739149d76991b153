"""Every POST route of the storefront and the API: what it needs, and the request to send."""

import json
from collections.abc import Callable
from typing import Any

from ulid import ULID

from app.aws.secrets import signing_secret, webhook_secret
from app.customers.magic_links import Network, issue
from app.customers.models import SESSION_PREFIX, visitor_id_of
from app.customers.sessions import list_sessions, start_session
from app.discounts.terms import Terms, create_discount
from app.orders.address_book import SavedAddress, save_address
from app.orders.payment import charge
from app.orders.signed_links import order_key
from app.payments import sandbox_dashboard
from app.payments.webhooks import SIGNATURE_HEADER, sign
from tests.builders import NOON, an_address, sku_of
from tests.simulation.simulator.action_runs import CUSTOMER, Action, Setup, Submission
from tests.simulation.simulator.browser import Fields, Form, hidden_fields
from tests.unit.app.web import pages

ADDRESS = pages.ADDRESS | {"email": CUSTOMER}
WHILE_PACKING = 40.0  # seconds after an order is placed
AN_ADDRESS_ID = "0" * 25 + "1"
ANOTHER_DEVICE = visitor_id_of(f"{SESSION_PREFIX}another")
ACTIONS: list[Action] = []

type Prepare = Callable[[Setup], Callable[[], Submission]]


def action(route: str, **options: Any) -> Callable[[Prepare], Prepare]:
    def register(prepare: Prepare) -> Prepare:
        ACTIONS.append(Action(route, prepare, **options))
        return prepare

    return register


def _in_cart(setup: Setup) -> Fields:
    return {"sku": sku_of(setup.product), "quantity": "2"}


@action("/cart", ignored_rows="cart")  # a repeat adds once more, and the page shows it
def _add_to_cart(setup: Setup) -> Callable[[], Submission]:
    return lambda: (setup.guest, Form("/cart", _in_cart(setup)))


@action("/cart/lines/{sku}")
def _set_line(setup: Setup) -> Callable[[], Submission]:
    setup.guest.post("/cart", _in_cart(setup))
    path = f"/cart/lines/{sku_of(setup.product)}"
    return lambda: (setup.guest, Form(path, {"quantity": "3"}))


def _with_code(setup: Setup) -> Fields:
    setup.guest.post("/cart", _in_cart(setup))
    create_discount("TEN", Terms(percent=10), now=NOON)
    return {"new_discount_code": "ten"}


@action("/cart/discount", ignored_rows="rate_limit#")
def _enter_discount_code(setup: Setup) -> Callable[[], Submission]:
    fields = _with_code(setup)
    return lambda: (setup.guest, Form("/cart/discount", fields))


@action("/checkout/discount", statuses=(200,), ignored_rows="rate_limit#")
def _enter_discount_code_at_checkout(setup: Setup) -> Callable[[], Submission]:
    fields = _with_code(setup) | ADDRESS
    return lambda: (setup.guest, Form("/checkout/discount", fields))


# The limit of the network counts attempts, so a repeat counts once more.
@action("/checkout", ignored_rows="caller_orders")
def _place_order(setup: Setup) -> Callable[[], Submission]:
    setup.guest.post("/cart", _in_cart(setup))
    form = hidden_fields(setup.guest.get("/checkout"), "form", "cart_version", "total")
    return lambda: (setup.guest, Form("/checkout", form | ADDRESS))


@action("/checkout/address", statuses=(200,))
def _check_address(setup: Setup) -> Callable[[], Submission]:
    setup.guest.post("/cart", _in_cart(setup))
    return lambda: (setup.guest, Form("/checkout/address", ADDRESS | {"country": "GB"}))


@action("/api/orders", statuses=(200, 201), ignored_rows="caller_orders")
def _place_api_order(setup: Setup) -> Callable[[], Submission]:
    names = ("name", "street", "postal_code", "city", "country")
    body = {
        "lines": [{"sku": sku_of(setup.product), "quantity": 1}],
        "email": CUSTOMER,
        "address": {name: ADDRESS[name] for name in names},
        "payment_method": "pm_succeeds",
    }
    headers = {"content-type": "application/json", "idempotency-key": "k" * 30}
    return lambda: (setup.guest, Form("/api/orders", {"json": json.dumps(body)}, headers))


@action("/api/orders/{order_id}/cancel", after=WHILE_PACKING, statuses=(200,))
def _cancel_api_order(setup: Setup) -> Callable[[], Submission]:
    order_id = setup.an_order().order_id
    token = order_key(order_id, signing_secret())
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/api/orders/{order_id}/cancel"
    return lambda: (setup.guest, Form(path, {}, headers))


@action("/webhooks/payments", after=WHILE_PACKING, statuses=(200,))
def _report_refund_at_provider(setup: Setup) -> Callable[[], Submission]:
    order = charge(setup.an_order().order_id, now=NOON)

    def submission() -> Submission:
        now = setup.run.scheduler.now
        body = sandbox_dashboard.refund_payment(order.order_id, now=now)
        signature = sign(body, webhook_secret(), at=now)
        headers = {"content-type": "application/json", SIGNATURE_HEADER.lower(): signature}
        return setup.guest, Form("/webhooks/payments", {"json": body.decode()}, headers)

    return submission


@action("/orders/{order_id}/cancel", after=WHILE_PACKING)
def _cancel_order(setup: Setup) -> Callable[[], Submission]:
    path = f"/orders/{setup.an_order().order_id}/cancel"
    return lambda: (setup.customer, Form(path))


@action("/orders/{order_id}/link", statuses=(200,), ignored_rows="rate_limit#")
def _send_order_link(setup: Setup) -> Callable[[], Submission]:
    order_id = setup.an_order().order_id
    setup.guest.post("/cart", _in_cart(setup))
    setup.guest.get("/checkout")  # reads the secret, which stays in memory
    return lambda: (setup.guest, Form(f"/orders/{order_id}/link"))


@action("/find-order", statuses=(200,), ignored_rows="rate_limit#")
def _find_order(setup: Setup) -> Callable[[], Submission]:
    order = setup.an_order()
    setup.guest.post("/cart", _in_cart(setup))
    setup.guest.get("/checkout")  # reads the secret, which stays in memory
    fields = {"number": order.number, "email": order.email}
    return lambda: (setup.guest, Form("/find-order", fields))


@action("/orders/{order_id}/return", after=WHILE_PACKING)
def _request_return(setup: Setup) -> Callable[[], Submission]:
    path = f"/orders/{setup.a_shipped_order().order_id}/return"
    form = {"quantity-1": "1", "reason": "damaged", "note": "A crack.", "request_id": new_ulid()}
    return lambda: (setup.customer, Form(path, form))


@action("/orders/{order_id}/reorder")
def _reorder(setup: Setup) -> Callable[[], Submission]:
    path = f"/orders/{setup.an_order().order_id}/reorder"
    return lambda: (setup.customer, Form(path))


@action(
    "/sign-in", statuses=(200,), ignored_rows="limit|link"
)  # each attempt is counted and creates a link
def _sign_in(setup: Setup) -> Callable[[], Submission]:
    return lambda: (setup.guest, Form("/sign-in", {"email": CUSTOMER, "next": "/"}))


# A link that was redeemed before the crash stays redeemed: the customer requests another.
@action("/sign-in/{token}", retry_statuses=(404,), ignored_rows="device_session#|session|cart")
def _confirm_sign_in(setup: Setup) -> Callable[[], Submission]:
    setup.guest.post("/cart", _in_cart(setup))
    token = issue(CUSTOMER, Network("192.0.2.1"), "/", now=NOON)
    return lambda: (setup.guest, Form(f"/sign-in/{token}"))


@action(
    "/sign-out", ignored_rows="device_session#"
)  # it refers to no session any more, and expires
def _sign_out(setup: Setup) -> Callable[[], Submission]:
    return lambda: (setup.customer, Form("/sign-out"))


@action("/account/sessions/sign-out-others", ignored_rows="device_session#")
def _sign_out_others(setup: Setup) -> Callable[[], Submission]:
    start_session(ANOTHER_DEVICE, CUSTOMER, now=NOON)
    return lambda: (setup.customer, Form("/account/sessions/sign-out-others"))


@action("/account/sessions/{session_id}/sign-out", retry_statuses=(404,))
def _sign_out_session(setup: Setup) -> Callable[[], Submission]:
    start_session(ANOTHER_DEVICE, CUSTOMER, now=NOON)
    sessions = list_sessions(CUSTOMER, now=NOON)
    (other,) = (session for session in sessions if session.visitor == ANOTHER_DEVICE)
    return lambda: (setup.customer, Form(f"/account/sessions/{other.id}/sign-out"))


@action("/account/addresses/{address_id}")
def _save_address(setup: Setup) -> Callable[[], Submission]:
    return lambda: (setup.customer, Form(f"/account/addresses/{AN_ADDRESS_ID}", ADDRESS))


@action("/account/addresses/{address_id}/fields", statuses=(200,))
def _show_address_fields(setup: Setup) -> Callable[[], Submission]:
    path = f"/account/addresses/{AN_ADDRESS_ID}/fields"
    return lambda: (setup.customer, Form(path, ADDRESS | {"country": "GB"}))


@action("/account/addresses/{address_id}/delete")
def _delete_address(setup: Setup) -> Callable[[], Submission]:
    save_address(CUSTOMER, SavedAddress(AN_ADDRESS_ID, an_address()), now=NOON)
    return lambda: (setup.customer, Form(f"/account/addresses/{AN_ADDRESS_ID}/delete"))


@action("/account/addresses/{address_id}/default")
def _make_address_default(setup: Setup) -> Callable[[], Submission]:
    for address_id in ("0" * 26, AN_ADDRESS_ID):
        save_address(CUSTOMER, SavedAddress(address_id, an_address(address_id)), now=NOON)
    return lambda: (setup.customer, Form(f"/account/addresses/{AN_ADDRESS_ID}/default"))


# Each attempt is counted and recorded.
@action("/account/export", statuses=(200,), ignored_rows="rate_limit#|audit-log")
def _export_data(setup: Setup) -> Callable[[], Submission]:
    setup.an_order()
    return lambda: (setup.customer, Form("/account/export"))


@action("/account/delete", ignored_rows="rate_limit#")
def _delete_account(setup: Setup) -> Callable[[], Submission]:
    setup.an_order()
    start_session(ANOTHER_DEVICE, CUSTOMER, now=NOON)
    return lambda: (setup.customer, Form("/account/delete"))


@action("/theme")
def _set_theme(setup: Setup) -> Callable[[], Submission]:
    return lambda: (setup.guest, Form("/theme", {"theme": "dark"}))


@action("/language")
def _set_language(setup: Setup) -> Callable[[], Submission]:
    return lambda: (setup.guest, Form("/language", {"language": "de"}))


@action("/debug-panel")
def _toggle_debug_panel(setup: Setup) -> Callable[[], Submission]:
    return lambda: (setup.guest, Form("/debug-panel", {"debug_panel": "on"}))


def new_ulid() -> str:
    return str(ULID())
