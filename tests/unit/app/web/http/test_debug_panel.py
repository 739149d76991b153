"""The debug panel: developer details at the foot of a page, and the trace of an order."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from app.orders.compensation import release
from app.orders.outbox import mark_published
from app.orders.payment import charge
from app.orders.queries import load_order_details
from app.orders.shipping import ship
from app.orders.transitions import find_order
from app.persistence.idempotency import EmailDelivery, email_delivery_key
from tests.builders import LambdaContextStub, a_batch, a_product
from tests.unit.app.web.pages import FRAGMENT_HEADERS, input_values, page_text, place_order
from tests.unit.workers.queue_readers import events_of
from workers import analytics, inventory


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def developer(browser: TestClient) -> TestClient:
    """A visitor who has switched the debug panel on."""
    browser.post("/debug-panel", data={"debug_panel": "on"})
    return browser


def test_debug_panel_is_off_by_default(browser: TestClient) -> None:
    page = browser.get("/")

    assert "Show how this page works" in page_text(page)
    assert 'id="debug-panel"' not in page.text


def test_debug_panel_switch_is_remembered_and_returns_to_the_page(browser: TestClient) -> None:
    response = browser.post("/debug-panel", data={"debug_panel": "on", "next": "/?category=Vases"})

    assert response.headers["location"] == "/?category=Vases&debug_panel=on#debug-panel"
    assert 'id="debug-panel"' in browser.get("/cart").text

    browser.post("/debug-panel", data={"debug_panel": "off"})
    assert 'id="debug-panel"' not in browser.get("/cart").text


def test_shared_page_shows_the_debug_panel_by_its_address_and_is_not_cached_then(
    browser: TestClient,
) -> None:
    page = browser.get("/products?sort=newest&debug_panel=on")

    assert 'id="debug-panel"' in page.text
    assert page.headers["cache-control"] == "private, no-cache"
    assert input_values(page)["next"] == "/products?sort=newest"


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example"])
def test_debug_panel_switch_never_redirects_to_another_site(browser: TestClient, to: str) -> None:
    response = browser.post("/debug-panel", data={"debug_panel": "on", "next": to})

    assert response.headers["location"] == "/?debug_panel=on#debug-panel"


def test_debug_panel_switch_rejects_other_values(browser: TestClient) -> None:
    assert browser.post("/debug-panel", data={"debug_panel": "sideways"}).status_code == 422


def test_debug_panel_names_function_and_template_and_counts_database_calls(
    developer: TestClient,
) -> None:
    place_order(developer)

    page = page_text(developer.get("/cart"))

    assert "cart in app/web/storefront/cart.py" in page
    assert "frontend/templates/cart/cart.html" in page
    assert "1 round trip," in page
    assert "Query customers" in page


def test_debug_panel_of_a_page_without_database_calls(developer: TestClient) -> None:
    developer.get("/")  # fills the catalog cache

    assert "No database calls" in page_text(developer.get("/?debug_panel=on"))


def test_debug_panel_on_an_error_page(developer: TestClient) -> None:
    assert "render_problem in app/web/http/errors.py" in page_text(developer.get("/no-such-page"))


def test_order_trace_lists_every_step_of_an_order(developer: TestClient) -> None:
    order_id = place_order(developer)
    event = load_order_details(order_id).events[0]
    for worker in (analytics, inventory):
        worker.handler(a_batch(events_of(find_order(order_id))[0]), LambdaContextStub())
    mark_published(order_id, event.part, now=now())
    charge(order_id, now=now())

    page = page_text(developer.get(f"/orders/{order_id}"))

    assert "one transaction: the order, 1 stock row, the cart, the event order_placed" in page
    assert "order_placed published from the outbox to SNS" in page
    assert "order_placed counted; a duplicate of the event has no effect" in page
    assert "order_placed in the stock ledger; a duplicate of the event has no effect" in page
    assert "the status, the payment, the event order_paid" in page
    assert "captured, €30.40" in page
    assert "the workflow's next step is pack" in page


@pytest.mark.parametrize(
    ("skipped", "action"),
    [
        (None, "sending the email about order_placed"),
        ("outdated", "no email about order_placed, because it is no longer true"),
        (
            "limited",
            "no email about order_placed, because emails to an unverified address are limited",
        ),
        ("refused", "the email about order_placed was refused by SES"),
    ],
)
def test_order_trace_says_why_an_email_was_not_sent(
    developer: TestClient, skipped: str | None, action: str
) -> None:
    order_id = place_order(developer)
    key = email_delivery_key(f"{order_id}-0001", "0123456789abcdef")
    EmailDelivery(order_id, key, skipped=skipped, at=now()).save()

    assert action in page_text(developer.get(f"/orders/{order_id}"))


def test_order_trace_contains_no_personal_data(developer: TestClient) -> None:
    order_id = place_order(developer)
    charge(order_id, now=now())
    details = load_order_details(order_id)
    assert details.payment

    panel = (
        developer.get(f"/orders/{order_id}").text.split('id="debug-panel"')[1].split("</aside>")[0]
    )

    for secret in (details.payment.intent_id, details.order.owner, details.order.email, "Kiln Row"):
        assert secret not in panel


def test_polling_an_order_updates_its_trace(developer: TestClient) -> None:
    order_id = place_order(developer)
    poll = developer.get(f"/orders/{order_id}").text.split('hx-get="')[1].split('"')[0]
    assert developer.get(poll, headers=FRAGMENT_HEADERS).status_code == 204

    mark_published(order_id, load_order_details(order_id).events[0].part, now=now())

    assert 'id="debug-panel"' in developer.get(poll, headers=FRAGMENT_HEADERS).text


def test_order_trace_polls_until_the_last_consumers_are_done(developer: TestClient) -> None:
    order_id = place_order(developer, a_product())
    charge(order_id, now=now())
    ship(order_id, now=now() + timedelta(days=1))

    assert "hx-trigger" in developer.get(f"/orders/{order_id}").text


def test_order_trace_of_a_closed_order_does_not_poll(developer: TestClient) -> None:
    order_id = place_order(developer, payment_method="pm_declined")
    charge(order_id, now=now() - timedelta(minutes=2))
    release(order_id, now=now() - timedelta(minutes=1))

    page = developer.get(f"/orders/{order_id}")

    assert "hx-trigger" not in page.text
    assert "the released stock, the event order_declined" in page_text(page)
