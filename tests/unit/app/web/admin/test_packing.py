"""Packing slips, and orders that are confirmed as packed and shipped together."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.orders import open_pages
from app.orders.cancellation import cancel_order
from app.orders.models import Order
from app.orders.shipping import ship
from app.orders.transitions import find_order
from app.shipping.fake_carrier import FORCED_OUTCOME_ID, ShipmentRecord
from tests.builders import (
    NOON,
    UNREACHABLE,
    a_product,
    an_order_in_status,
    audit_log_entries,
    counters,
)
from tests.unit.app.web.admin.order_pages import ORDER_LINK, next_page, pages_of
from tests.unit.app.web.pages import heading, input_values, page_text
from tests.unit.workers.queue_readers import events_of

SHIP, SLIPS = "/admin/packing", "/admin/packing-slips"

pytestmark = pytest.mark.usefixtures("empty_board")


def packing(**details: Any) -> Order:
    return an_order_in_status("paid", **details)


def selected(*orders: Order) -> dict[str, str]:
    return {f"order-{it.order_id}": "on" for it in orders}


def shipped_events(order: Order) -> int:
    return sum(it.type == "order_shipped" for it in events_of(order))


def status_of(order: Order) -> str:
    return str(find_order(order.order_id).status)


def test_page_lists_the_orders_that_are_being_packed(merchant: TestClient) -> None:
    order, other = packing(), an_order_in_status("placed")
    cancelled = packing()
    cancel_order(cancelled.order_id, now=NOON)

    page = merchant.get(SHIP)

    assert heading(page) == "Orders to pack"
    assert order.number in page.text
    assert other.number not in page.text
    assert cancelled.number not in page.text
    assert 'href="/admin/packing"' in merchant.get("/admin").text


def test_selected_orders_are_shipped_before_their_packing_time_ends(merchant: TestClient) -> None:
    product = a_product()
    orders = [packing(product=product) for _ in range(3)]

    page = merchant.post(SHIP, data=selected(*orders[:2]))

    assert page.status_code == 200
    assert [status_of(it) for it in orders] == ["shipped", "shipped", "paid"]
    assert counters(product) == (17, 1, 2)
    for order in orders[:2]:
        code = find_order(order.order_id).tracking_code
        assert f"{order.number} : Shipped, with the tracking code {code}." in page_text(page)
        assert shipped_events(order) == 1
        (entry,) = audit_log_entries(f"/admin/orders/{order.order_id}", now=datetime.now(UTC))
        assert entry.summary == f"Packed and shipped order {order.number}"


def test_all_listed_orders_are_shipped_at_once(merchant: TestClient) -> None:
    orders = [packing() for _ in range(3)]
    listed = {"listed": input_values(merchant.get(SHIP))["listed"], "all": "on"}
    later = packing()

    merchant.post(SHIP, data=listed)

    assert {status_of(it) for it in orders} == {"shipped"}
    assert status_of(later) == "paid"


def test_repeat_ships_nothing_twice_and_ships_the_rest(merchant: TestClient) -> None:
    product = a_product()
    first, second = packing(product=product), packing(product=product)
    merchant.post(SHIP, data=selected(first))

    for _ in range(2):
        page = merchant.post(SHIP, data=selected(first, second))

    assert page.status_code == 200
    assert page_text(page).count("Shipped, with the tracking code") == 2
    assert (shipped_events(first), shipped_events(second)) == (1, 1)
    assert counters(product) == (18, 0, 2)
    entries = audit_log_entries(f"/admin/orders/{first.order_id}", now=datetime.now(UTC))
    assert len(entries) == 1


def test_workflow_that_comes_later_finds_the_order_shipped(merchant: TestClient) -> None:
    order = packing()
    merchant.post(SHIP, data=selected(order))
    before = find_order(order.order_id)

    after = ship(order.order_id, now=NOON.replace(year=2040))

    assert after.attribute_values == before.attribute_values
    assert shipped_events(order) == 1


@pytest.mark.parametrize("status", ["placed", "paying", "cancelled", "declined", "refunding"])
def test_order_that_is_not_being_packed_is_reported_and_the_others_ship(
    merchant: TestClient, status: str
) -> None:
    good, bad = packing(), an_order_in_status(status)

    page = merchant.post(SHIP, data=selected(bad, good))

    assert page.status_code == 409
    assert (status_of(good), status_of(bad)) == ("shipped", status)
    assert f"{bad.number} : Not shipped. It is not being packed" in page_text(page)


def test_order_whose_cancellation_is_requested_is_not_shipped(merchant: TestClient) -> None:
    order = packing()
    cancel_order(order.order_id, now=NOON)

    assert merchant.post(SHIP, data=selected(order)).status_code == 409
    assert status_of(order) != "shipped"


def test_unreachable_address_is_refunded_next(merchant: TestClient) -> None:
    order = packing(street=UNREACHABLE)

    page = merchant.post(SHIP, data=selected(order))

    assert page.status_code == 409
    assert "Not shipped. The carrier refuses the address. A refund follows." in page_text(page)
    assert status_of(order) == "refunding"


def test_carrier_that_does_not_respond_leaves_the_parcel_to_the_workflow(
    merchant: TestClient,
) -> None:
    order, outage = packing(), ShipmentRecord(FORCED_OUTCOME_ID)
    outage.save()
    try:
        page = merchant.post(SHIP, data=selected(order))
    finally:
        outage.delete()

    assert "Packed. The carrier did not respond" in page_text(page)
    assert status_of(order) == "shipping"
    assert ship(order.order_id, now=NOON).status == "shipped"


def test_every_order_to_pack_is_on_one_page_and_no_limit_is_presented_as_a_total(
    merchant: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_pages, "PAGE_SIZE", 4)
    orders = [packing() for _ in range(9)]

    pages = pages_of(merchant, SHIP)

    assert sorted(it.order_id for it in orders) == sorted(it for page in pages for it in page)
    assert [len(page) for page in pages] == [4, 4, 1]
    first = merchant.get(SHIP)
    assert "4 orders on this page; there may be more." in page_text(first)
    assert "All 4 orders on this page" in page_text(first)


def test_page_with_orders_that_were_shipped_shows_the_rest_of_the_same_page(
    merchant: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_pages, "PAGE_SIZE", 4)
    for _ in range(8):
        packing()
    second = merchant.get(next_page(merchant.get(SHIP)))
    shown = ORDER_LINK.findall(second.text)

    form = {f"order-{shown[0]}": "on", "cursor": input_values(second)["cursor"]}
    page = merchant.post(SHIP, data=form)

    assert page.status_code == 200
    assert [it for it in ORDER_LINK.findall(page.text) if it in shown] == shown[1:]


def test_page_of_a_forged_cursor_leads_back_to_the_first_page(merchant: TestClient) -> None:
    page = merchant.get(SHIP, params={"cursor": "x"})

    assert page.status_code == 422
    assert "Start from the first page." in page_text(page)
    assert f'href="{SHIP}">First page' in page.text


@pytest.mark.parametrize("form", [{}, {"all": "on"}, {"order-x": "on"}, {"order-": "on"}])
def test_none_selected_is_explained_on_the_page(merchant: TestClient, form: dict[str, str]) -> None:
    for page in (merchant.post(SHIP, data=form), merchant.get(SLIPS, params=form)):
        assert page.status_code == 422
        assert "Select at least one order." in page_text(page)


def test_too_many_selected_are_explained(merchant: TestClient) -> None:
    form = {f"order-{n:026d}": "on" for n in range(51)}

    assert "Select at most 50 orders." in page_text(merchant.post(SHIP, data=form))


def test_unknown_order_is_reported(merchant: TestClient) -> None:
    page = merchant.post(SHIP, data={f"order-{'0' * 26}": "on"})

    assert page.status_code == 409
    assert "Not shipped. We have no such order." in page_text(page)


# --- packing slips --------------------------------------------------------------------------


def slips(merchant: TestClient, *orders: Order) -> list[str]:
    page = merchant.get(SLIPS, params=selected(*orders))
    assert page.status_code == 200
    return re.findall(r'<article class="packing-slip".*?</article>', page.text, re.S)


def test_slip_has_the_address_the_lines_and_the_note_but_no_price(merchant: TestClient) -> None:
    product = a_product(title="Tarn Vase", price=4_850)
    order = packing(product=product, delivery_note="Leave it <with> the neighbour.")

    (slip,) = slips(merchant, order)

    assert "12 Kiln Row</bdi><br><bdi>56203 Höhr-Grenzhausen" in slip
    assert "Leave it &lt;with&gt; the neighbour." in slip
    for shown in (order.number, "Tarn Vase", product.variants[0].sku, "<td>1</td>"):
        assert shown in slip
    assert "€" not in slip
    assert "48" not in re.sub(r"<code>.*?</code>", "", slip).replace(order.number, "")
    assert order.email not in slip


def test_each_slip_is_in_the_language_of_its_customer(merchant: TestClient) -> None:
    english, german = packing(), packing(language="de")

    first, second = slips(merchant, english, german)

    assert 'lang="en"' in first
    assert "Packing slip" in first
    assert 'lang="de"' in second
    assert "Packliste" in second
    assert "Artikel" in second


def test_slips_are_in_the_order_of_the_selection_and_unknown_orders_have_none(
    merchant: TestClient,
) -> None:
    orders = [packing() for _ in range(3)]
    params = {**selected(orders[2], *orders[:2]), f"order-{'0' * 26}": "on"}

    page = merchant.get(SLIPS, params=params)

    numbers = re.findall(r'aria-label="(HC-[^"]+)"', page.text)
    assert numbers == [it.number for it in (orders[2], *orders[:2])]
    assert merchant.get(SLIPS, params={f"order-{'0' * 26}": "on"}).status_code == 404


def test_order_whose_personal_data_is_erased_has_no_slip(merchant: TestClient) -> None:
    order = an_order_in_status("shipped")
    order.update(actions=[Order.erasure.set("complete")])

    assert merchant.get(SLIPS, params=selected(order)).status_code == 404
    assert SLIPS not in merchant.get(f"/admin/orders/{order.order_id}").text


def test_order_page_links_to_its_slip(merchant: TestClient) -> None:
    order = packing()

    page = merchant.get(f"/admin/orders/{order.order_id}").text

    assert f'href="/admin/packing-slips?order-{order.order_id}=on"' in page
