"""A received return is refunded and restocked exactly once, whatever fails on the way."""

from datetime import timedelta

import pytest

from app.errors import Conflict, ValidationFailed
from app.orders.models import Order
from app.orders.payment_events import follow_payment_event
from app.orders.queries import load_order_details
from app.orders.reconciliation import schedule_next_check
from app.orders.return_rows import FAILING_CHECKS, Return
from app.orders.transitions import find_order
from app.payments import sandbox_dashboard
from app.payments.fake_gateway import FORCED_OUTCOME_ID, ForcedOutcome, Intent
from app.payments.gateway import GatewayUnavailable, PaymentDisputed
from app.payments.payment_intents import find_payment
from app.payments.webhooks import read_payment_event
from app.returns.refunds import (
    Receipt,
    receive_return,
    refund_reference,
    refund_return,
)
from app.returns.transitions import find_return
from tests.builders import (
    SHIPPED,
    a_product,
    a_received_return,
    an_approved_return,
    an_order_in_status,
    captured_intents,
    counters,
    sku_of,
)
from tests.crash_injection import crash, interleave
from tests.fake_clouds import MERCHANT

pytestmark = pytest.mark.usefixtures("tables")


def a_shipped_order(product: object = None, of_each: int = 2) -> Order:
    return an_order_in_status("shipped", product or a_product(), of_each=of_each)  # type: ignore[arg-type]


def refund(order: Order, number: int = 1) -> Return:
    return refund_return(order.order_id, number, now=SHIPPED)


def refunds_of(order: Order) -> list[tuple[str, int]]:
    (intent,) = captured_intents(order)
    return [(it.reference, it.amount) for it in intent.refunds or ()]


def events_of(order: Order) -> list[str]:
    return [row.type for row in load_order_details(order.order_id).events]


def test_whole_return_refunds_everything_and_restocks() -> None:
    order = a_shipped_order(product := a_product())
    a_received_return(order)

    row = refund(order)

    assert (row.status, row.refunded) == ("refunded", order.total)
    assert find_order(order.order_id).refunded == order.total
    payment = find_payment(order.order_id)
    assert payment
    assert (payment.state, payment.refund_id) == ("refunded", row.refund_id)
    assert counters(product) == (20, 0, 0)
    assert events_of(order)[-1] == "return_refunded"


def test_partial_return_refunds_its_units_only() -> None:
    order = a_shipped_order(product := a_product())
    a_received_return(order, {sku_of(product): 1})

    refund(order)

    assert refunds_of(order) == [(refund_reference(order.order_id, 1), 2_450)]
    details = load_order_details(order.order_id)
    assert (details.order.refunded, details.payment_state) == (2_450, "captured")
    assert counters(product) == (19, 0, 1)


def test_second_return_refunds_the_rest() -> None:
    order = a_shipped_order(product := a_product())
    for number in (1, 2):
        a_received_return(order, {sku_of(product): 1})
        refund(order, number)

    assert [amount for _, amount in refunds_of(order)] == [2_450, order.total - 2_450]
    assert find_order(order.order_id).refunded == order.total


def test_merchant_may_refund_less_and_damaged_units_stay_sold() -> None:
    order = a_shipped_order(product := a_product())
    an_approved_return(order)
    sku = sku_of(product)
    receipt = Receipt({sku: 2}, {sku: 1}, 1_000)

    receive_return(order.order_id, 1, receipt, by=MERCHANT, now=SHIPPED)
    refund(order)

    assert [amount for _, amount in refunds_of(order)] == [1_000]
    assert counters(product) == (19, 0, 1)


@pytest.mark.parametrize(
    ("received", "restocked", "amount"),
    [
        (0, 0, 1),  # nothing came back
        (3, 0, 1),  # more than was requested
        (1, 2, 1),  # restocks more than came back
        (2, 2, 0),  # refunds nothing
        (1, 1, 2_451),  # more than a unit costs
        (2, 2, 5_491),  # more than was paid
    ],
)
def test_impossible_receipt_is_refused(received: int, restocked: int, amount: int) -> None:
    order = a_shipped_order(product := a_product())
    an_approved_return(order)
    receipt = Receipt({sku_of(product): received}, {sku_of(product): restocked}, amount)

    with pytest.raises(ValidationFailed):
        receive_return(order.order_id, 1, receipt, by=MERCHANT, now=SHIPPED)

    assert find_return(order.order_id, 1).status == "approved"


def test_two_merchants_receive_once() -> None:
    order = a_shipped_order(product := a_product())
    an_approved_return(order)
    first, second = (Receipt({sku_of(product): 2}, {}, it) for it in (1_000, 2_000))

    with (
        interleave(
            lambda: receive_return(order.order_id, 1, first, by=MERCHANT, now=SHIPPED),
            before="UpdateItem return#1",
        ),
        pytest.raises(Conflict),
    ):
        receive_return(order.order_id, 1, second, by=MERCHANT, now=SHIPPED)

    assert find_return(order.order_id, 1).amount == 1_000


@pytest.mark.parametrize("words", ["UpdateItem refunds", "TransactWriteItems return_refunded"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_crash_anywhere_is_recovered_with_one_refund(words: str, moment: str) -> None:
    order = a_shipped_order(product := a_product())
    a_received_return(order)
    with crash(**{moment: words}):
        refund(order)

    refund(order)

    assert refunds_of(order) == [(refund_reference(order.order_id, 1), order.total)]
    assert counters(product) == (20, 0, 0)
    assert events_of(order).count("return_refunded") == 1


@pytest.mark.parametrize("words", ["UpdateItem refunds", "TransactWriteItems return_refunded"])
def test_concurrent_attempts_refund_and_restock_once(words: str) -> None:
    order = a_shipped_order(product := a_product())
    a_received_return(order)

    with interleave(lambda: refund(order), before=words):
        refund(order)

    assert len(refunds_of(order)) == 1
    assert counters(product) == (20, 0, 0)
    assert events_of(order).count("return_refunded") == 1


def test_refund_is_found_after_the_provider_has_forgotten_its_key() -> None:
    """An attempt may be repeated after days, and the provider keeps a key for one day."""
    order = a_shipped_order()
    a_received_return(order)
    with crash(after="UpdateItem refunds"):
        refund(order)
    (intent,) = captured_intents(order)
    (made,) = intent.refunds or ()
    long_ago = type(made)(made.id, made.amount, SHIPPED - timedelta(days=9), made.reference)
    intent.update(actions=[Intent.refunds.set((long_ago,))])

    refund(order)

    assert len(refunds_of(order)) == 1


def test_outage_of_the_provider_leaves_the_return_for_later() -> None:
    order = a_shipped_order()
    a_received_return(order)
    outage = ForcedOutcome(FORCED_OUTCOME_ID, method="pm_provider_down")
    outage.save()
    with pytest.raises(GatewayUnavailable):
        refund(order)
    assert find_return(order.order_id, 1).status == "received"

    outage.delete()

    assert refund(order).status == "refunded"


def test_disputed_payment_is_not_refunded_until_the_bank_has_decided_for_the_shop() -> None:
    order = a_shipped_order()
    a_received_return(order)
    sandbox_dashboard.open_dispute(order.order_id, now=SHIPPED)
    with pytest.raises(PaymentDisputed):
        refund(order)

    sandbox_dashboard.close_dispute(order.order_id, won=True, now=SHIPPED)

    assert refund(order).refunded == order.total


def test_lost_dispute_has_returned_the_money_already() -> None:
    order = a_shipped_order(product := a_product())
    a_received_return(order)
    sandbox_dashboard.close_dispute(order.order_id, won=False, now=SHIPPED)

    row = refund(order)

    assert (row.status, row.refunded, refunds_of(order)) == ("refunded", 0, [])
    assert counters(product) == (20, 0, 0)


def follow_dashboard_refund(order: Order, cents: int | None = None) -> None:
    body = sandbox_dashboard.refund_payment(order.order_id, now=SHIPPED, cents=cents)
    event = read_payment_event(body)
    assert event
    follow_payment_event(event, now=SHIPPED)


def test_refund_in_the_dashboard_leaves_the_rest_for_the_return() -> None:
    order = a_shipped_order()
    a_received_return(order)
    follow_dashboard_refund(order, 5_000)

    row = refund(order)

    assert row.refunded == order.total - 5_000
    assert find_order(order.order_id).refunded == order.total


@pytest.mark.parametrize("words", ["UpdateItem refunds", "TransactWriteItems return_refunded"])
def test_refund_in_the_dashboard_meanwhile_is_not_forgotten(words: str) -> None:
    order = a_shipped_order(product := a_product())
    a_received_return(order, {sku_of(product): 1})

    with interleave(lambda: follow_dashboard_refund(order, 100), before=words):
        refund(order)

    assert sum(amount for _, amount in refunds_of(order)) == 2_550
    assert find_order(order.order_id).refunded == 2_550


def test_partial_refund_in_the_dashboard_while_packing_does_not_cancel_the_order() -> None:
    order = an_order_in_status("paid")

    follow_dashboard_refund(order, 500)

    after = find_order(order.order_id)
    assert (after.status, after.refunded, after.cancel_requested) == ("paid", 500, False)


def test_attempts_back_off_and_then_show_as_failing() -> None:
    order = a_shipped_order()
    a_received_return(order)
    now, waits = SHIPPED, list[float]()
    for _ in range(FAILING_CHECKS):
        row = find_return(order.order_id, 1)
        assert not row.is_failing
        assert schedule_next_check(row, now=now)
        assert row.next_check_at
        waits.append((row.next_check_at - now).total_seconds() / 60)

    assert waits == [1, 2, 4]
    assert find_return(order.order_id, 1).is_failing
