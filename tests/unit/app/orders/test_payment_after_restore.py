"""Charging an order of a table that was restored from a backup: the provider knows more than it.

The restored rows lack the intent that was created after the backup, and the provider's idempotency
key may have expired. The provider is then asked for an intent of this order.
"""

from datetime import timedelta

import pytest

from app import clock
from app.orders.cancellation import cancel_order
from app.orders.compensation import refund, release
from app.orders.models import Order
from app.orders.payment import charge
from app.orders.transitions import find_order
from app.persistence.dynamodb import OrderPart
from tests.builders import NOON, a_product, an_order, captured_intents, counters
from tests.crash_injection import recorded_calls

AGES = [timedelta(hours=1), timedelta(hours=13), timedelta(hours=23), timedelta(days=3)]

pytestmark = pytest.mark.usefixtures("tables")


def restore(backup: Order) -> None:
    """Bring the partition back to its state at the backup: the order was placed, no more."""
    rows = list(OrderPart.query(backup.order_id, consistent_read=True))
    for row in rows:
        if row.part != "order" and not row.part.endswith("0001"):
            row.delete()
    backup.save()


def charge_at(order: Order, age: timedelta) -> Order:
    """Charge with both clocks, ours and the provider's, this long after the order was placed."""
    with clock.use_clock(lambda: NOON + age):
        return charge(order.order_id, now=NOON + age)


@pytest.mark.parametrize("age", AGES)
def test_restored_order_is_not_charged_twice(age: timedelta) -> None:
    backup = an_order(product := a_product())
    charge_at(backup, timedelta())
    restore(backup)

    again = charge_at(backup, age)

    assert (again.status, len(captured_intents(again))) == ("paid", 1)
    assert counters(product) == (19, 1, 0)


@pytest.mark.parametrize("age", AGES)
def test_restored_order_that_was_declined_is_declined_again(age: timedelta) -> None:
    backup = an_order(payment_method="pm_declined")
    charge_at(backup, timedelta())
    restore(backup)

    again = charge_at(backup, age)

    assert (again.status, again.close_reason) == ("releasing", "card_declined")


@pytest.mark.parametrize("age", AGES)
def test_restored_order_that_was_refunded_is_cancelled_and_never_shipped(age: timedelta) -> None:
    backup = an_order(product := a_product())
    charge_at(backup, timedelta())
    cancel_order(backup.order_id, now=NOON)
    refund(backup.order_id, now=NOON)
    restore(backup)

    again = charge_at(backup, age)

    assert (again.status, again.cancel_requested) == ("paid", True)
    refund(backup.order_id, now=NOON + age)
    closed = release(backup.order_id, now=NOON + age)
    assert (closed.status, closed.refunded) == ("cancelled", closed.total)
    assert counters(product) == (20, 0, 0)


def test_order_of_the_same_day_does_not_ask_the_provider_for_an_earlier_intent() -> None:
    """Its idempotency key still gives the first intent, so a normal order costs no further call."""
    order = an_order()

    with recorded_calls() as calls:
        charge_at(order, timedelta(minutes=5))

    assert not [it for it in calls if it.startswith("GetItem") and "provider-records" in it]
    assert find_order(order.order_id).status == "paid"
