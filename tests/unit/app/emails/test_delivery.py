import pytest

from app.emails.delivery import compose_email, email_recipients, is_outdated
from app.emails.templates import Email
from app.orders.cancellation import cancel_order
from app.orders.events import OrderEvent, StockLow, read_event
from app.orders.models import Order
from app.orders.queries import OrderDetails, load_order_details
from app.orders.review import Decision, decide_review
from tests.builders import NOON, a_product, an_order, an_order_in_status, sku_of
from tests.fake_clouds import override_settings

pytestmark = pytest.mark.usefixtures("tables")

SECRET = "a generated signing secret"


def last_event(order: Order) -> OrderEvent:
    return read_event(load_order_details(order.order_id).events[-1].body)


def first_event(order: Order) -> OrderEvent:
    return read_event(load_order_details(order.order_id).events[0].body)


def details_of(event: OrderEvent) -> OrderDetails:
    return load_order_details(event.order_id)


def compose(event: OrderEvent) -> Email:
    return compose_email(event, details_of(event), SECRET)


def a_stock_warning(order: Order, sku: str) -> StockLow:
    return StockLow(
        event_id=f"{order.order_id}-low-{sku}",
        order_id=order.order_id,
        occurred_at=NOON,
        sku=sku,
        available=3,
    )


def test_customer_gets_the_emails_about_their_order() -> None:
    for status in ("placed", "shipped", "declined", "cancelled"):
        order = an_order_in_status(status)

        assert email_recipients(last_event(order), order) == ("ada@potter.example",)
        assert not is_outdated(last_event(order), details_of(last_event(order)))


def test_merchants_get_the_emails_that_need_their_action() -> None:
    order = an_order_in_status("reviewing")
    owners, staff = ("ada@hearth.example", "bo@hearth.example"), "cy@hearth.example"

    with override_settings(owner_emails=",".join(reversed(owners)), staff_emails=staff):
        assert email_recipients(last_event(order), order) == owners
        assert email_recipients(a_stock_warning(order, "POT"), order) == (*owners, staff)


def test_events_in_between_are_worth_no_email() -> None:
    order = an_order_in_status("paid")

    assert email_recipients(last_event(order), order) == ()


@pytest.mark.parametrize(
    ("status", "outdated"),
    [
        ("placed", False),
        ("reviewing", False),
        ("paying", False),
        ("paid", False),
        ("shipping", False),
        ("shipped", True),
        ("refunding", True),
        ("releasing", True),
        ("declined", True),
        ("cancelled", True),
    ],
)
def test_confirmation_is_outdated_when_another_email_reports_more(
    status: str, outdated: bool
) -> None:
    event = first_event(an_order_in_status(status))

    assert is_outdated(event, details_of(event)) is outdated


def test_confirmation_is_outdated_when_the_order_is_going_to_be_cancelled() -> None:
    order = cancel_order(an_order_in_status("paid").order_id, now=NOON)
    event = first_event(order)

    assert order.status == "paid"
    assert is_outdated(event, details_of(event))


@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_request_for_a_review_is_outdated_when_it_is_decided(decision: Decision) -> None:
    order = an_order_in_status("reviewing")
    request = last_event(order)
    assert not is_outdated(request, details_of(request))

    decide_review(order.order_id, decision, "bo@hearth.example", "", now=NOON)

    assert is_outdated(request, details_of(request))


def test_request_for_a_review_is_outdated_when_the_customer_cancels() -> None:
    order = an_order_in_status("reviewing")
    request = last_event(order)

    cancel_order(order.order_id, now=NOON)

    assert is_outdated(request, details_of(request))


@pytest.mark.parametrize(("quantity", "outdated"), [(3, False), (6, False), (7, True)])
def test_warning_about_low_stock_is_outdated_when_the_stock_is_back(
    quantity: int, outdated: bool
) -> None:
    product = a_product(quantity=quantity)
    order = an_order(product)
    warning = a_stock_warning(order, sku_of(product))

    assert is_outdated(warning, details_of(warning)) is outdated


def test_warning_about_low_stock_is_outdated_when_the_sku_is_gone() -> None:
    order = an_order()
    warning = a_stock_warning(order, "NO-SUCH-SKU")

    assert is_outdated(warning, details_of(warning))


def test_email_has_a_signed_link_to_the_order() -> None:
    order = an_order()

    email = compose(first_event(order))

    assert f"/orders/{order.order_id}?key=" in email.text
    assert SECRET not in email.text + email.html


def test_email_about_a_rejected_order_shows_the_comment_that_no_event_carries() -> None:
    order = an_order_in_status("reviewing")
    decide_review(order.order_id, "rejected", "bo@hearth.example", "Too far for us.", now=NOON)
    row = load_order_details(order.order_id).events[-1]

    email = compose(read_event(row.body))

    assert "Too far for us." in email.text
    assert "Too far" not in row.body
