from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from app.orders.compensation import release
from app.orders.outbox import mark_published
from app.orders.payment import charge
from app.orders.queries import load_order_details
from app.orders.shipping import ship
from app.persistence.idempotency import process_once
from tests.builders import a_product
from tests.unit.app.web.pages import PART, placed, words


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def curious(browser: TestClient) -> TestClient:
    """A visitor who has turned the switch on."""
    browser.post("/debug-panel", data={"debug_panel": "on"})
    return browser


def test_nobody_is_bothered_who_did_not_ask(browser: TestClient) -> None:
    page = browser.get("/")

    assert "What happens behind this page" in words(page)
    assert 'id="behind"' not in page.text


def test_the_switch_is_remembered_and_leads_back_to_the_panel(browser: TestClient) -> None:
    answer = browser.post("/debug-panel", data={"debug_panel": "on", "next": "/?category=Vases"})

    assert answer.headers["location"] == "/?category=Vases#behind"
    assert 'id="behind"' in browser.get("/").text

    browser.post("/debug-panel", data={"debug_panel": "off"})
    assert 'id="behind"' not in browser.get("/").text


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example"])
def test_the_switch_leads_nowhere_else(browser: TestClient, to: str) -> None:
    answer = browser.post("/debug-panel", data={"debug_panel": "on", "next": to})

    assert answer.headers["location"] == "/#behind"


def test_a_switch_has_two_positions(browser: TestClient) -> None:
    assert browser.post("/debug-panel", data={"debug_panel": "sideways"}).status_code == 422


def test_a_page_names_who_drew_it_and_counts_what_it_asked(curious: TestClient) -> None:
    placed(curious)

    page = words(curious.get("/cart"))

    assert "cart in app/web/storefront/cart.py" in page
    assert "frontend/templates/cart/cart.html" in page
    assert "1 round trip," in page
    assert "Query customers" in page


def test_a_page_that_asks_nothing_says_so(curious: TestClient) -> None:
    curious.get("/")  # now the catalogue is in memory

    assert "Not asked" in words(curious.get("/"))


def test_an_error_page_has_its_panel_too(curious: TestClient) -> None:
    assert "problem in app/web/http/errors.py" in words(curious.get("/no-such-page"))


def test_an_order_tells_its_story_hop_by_hop(curious: TestClient) -> None:
    order_id = placed(curious)
    event = load_order_details(order_id).events[0]
    process_once("analytics", f"{order_id}-0001", order_id, lambda _: None, now=now())
    mark_published(order_id, event.part, now=now())
    charge(order_id, now=now())

    page = words(curious.get(f"/orders/{order_id}"))

    assert "one transaction: the order, 1 stock row, the cart, the event order_placed" in page
    assert "order_placed goes from the outbox to the topic" in page
    assert "order_placed is in the day's figures" in page
    assert "the status, the payment, the event order_paid" in page
    assert "captured, €30.40" in page
    assert "the workflow's next step is pack" in page


def test_a_story_keeps_its_secrets(curious: TestClient) -> None:
    order_id = placed(curious)
    charge(order_id, now=now())
    story = load_order_details(order_id)
    assert story.payment

    panel = curious.get(f"/orders/{order_id}").text.split('id="behind"')[1].split("</aside>")[0]

    for secret in (story.payment.intent_id, story.order.owner, story.order.email, "Kiln Row"):
        assert secret not in panel


def test_a_poll_brings_the_new_hops_along(curious: TestClient) -> None:
    order_id = placed(curious)
    poll = curious.get(f"/orders/{order_id}").text.split('hx-get="')[1].split('"')[0]
    assert curious.get(poll, headers=PART).status_code == 204

    mark_published(order_id, load_order_details(order_id).events[0].part, now=now())

    assert 'id="behind"' in curious.get(poll, headers=PART).text


def test_the_curious_wait_for_the_last_marks_of_a_closed_order(curious: TestClient) -> None:
    order_id = placed(curious, a_product())
    charge(order_id, now=now())
    ship(order_id, now=now() + timedelta(days=1))

    assert "hx-trigger" in curious.get(f"/orders/{order_id}").text


def test_an_order_that_ended_long_ago_is_asked_for_no_more(curious: TestClient) -> None:
    order_id = placed(curious, payment_method="pm_declined")
    charge(order_id, now=now() - timedelta(minutes=2))
    release(order_id, now=now() - timedelta(minutes=1))

    page = curious.get(f"/orders/{order_id}")

    assert "hx-trigger" not in page.text
    assert "the stock given back, the event order_declined" in words(page)
