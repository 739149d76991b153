"""Captures, refunds and disputes that the provider reports: the order follows its payment."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from app import clock
from app.orders.cancellation import cancel_order
from app.orders.compensation import refund, release
from app.orders.models import IssueReason, Order
from app.orders.payment import charge
from app.orders.payment_events import OrderInMotion, follow_payment_event
from app.orders.queries import payment_state
from app.orders.shipping import ship
from app.orders.transitions import find_order
from app.payments import sandbox_dashboard
from app.payments.fake_gateway import FakePaymentGateway, IdempotencyKey, Intent
from app.payments.gateway import GatewayUnavailable
from app.payments.models import Payment, PaymentState
from app.payments.payment_intents import find_payment
from app.payments.webhooks import PaymentEvent, read_payment_event
from tests.builders import NOON, PACKED, a_product, an_order_in_status, counters
from tests.crash_injection import crash, interleave, recorded_calls
from tests.invariants import assert_invariants, run_to_completion

pytestmark = pytest.mark.usefixtures("tables")

LATER = NOON + timedelta(days=20)

type Change = Callable[..., bytes]


def dispute_won(order_id: str, *, now: datetime) -> bytes:
    return sandbox_dashboard.close_dispute(order_id, won=True, now=now)


def dispute_lost(order_id: str, *, now: datetime) -> bytes:
    return sandbox_dashboard.close_dispute(order_id, won=False, now=now)


def event_of(change: Change, order: Order) -> PaymentEvent:
    """Make a change at the provider, and return the event that reports it."""
    event = read_payment_event(change(order.order_id, now=LATER))
    assert event
    return event


def follow(event: PaymentEvent, order: Order) -> Order:
    follow_payment_event(event, now=LATER)
    return find_order(order.order_id)


def payment_of(order: Order) -> Payment:
    payment = find_payment(order.order_id)
    assert payment
    return payment


def intent_of(order: Order) -> Intent:
    return next(iter(Intent.scan(Intent.order_id == order.order_id)))


def declined() -> Order:
    return an_order_in_status("declined")


def cancelled_while_paying() -> Order:
    """Its intent was voided."""
    order = an_order_in_status("paying")
    cancel_order(order.order_id, now=NOON)
    charge(order.order_id, now=NOON)
    return release(order.order_id, now=NOON)


@pytest.mark.parametrize("closed", [declined, cancelled_while_paying])
def test_charge_captured_after_we_gave_up_is_refunded(closed: Callable[[], Order]) -> None:
    order = closed()
    event = event_of(sandbox_dashboard.capture_late, order)

    after = follow(event, order)

    assert (after.status, after.refunded) == (order.status, order.total)
    payment, intent = payment_of(order), intent_of(order)
    assert (payment.state, payment.refund_id) == (PaymentState.REFUNDED, intent.refund_id)
    assert intent.refund_id


def test_repeated_event_asks_the_provider_for_no_second_refund() -> None:
    order = declined()
    event = event_of(sandbox_dashboard.capture_late, order)
    follow(event, order)
    refund_id = intent_of(order).refund_id

    with recorded_calls() as calls:
        follow(event, order)

    assert intent_of(order).refund_id == refund_id
    assert not [it for it in calls if it.startswith(("UpdateItem", "PutItem", "Transact"))]


@pytest.mark.parametrize("words", ["UpdateItem refunds", "TransactWriteItems", "PutItem webhook"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_crash_anywhere_is_recovered_by_the_next_delivery(words: str, moment: str) -> None:
    order = declined()
    event = event_of(sandbox_dashboard.capture_late, order)
    with crash(**{moment: words}):
        follow(event, order)

    after = follow(event, order)

    assert after.refunded == order.total
    assert payment_of(order).refund_id == intent_of(order).refund_id


@pytest.mark.parametrize("moment", ['GetItem "payment"', "TransactWriteItems"])
def test_older_answer_of_the_provider_does_not_overwrite_a_newer_one(moment: str) -> None:
    """The bank decides, and its event is followed, while the earlier event is being followed."""
    order = an_order_in_status("shipped")
    opened = event_of(sandbox_dashboard.open_dispute, order)

    with interleave(lambda: follow(event_of(dispute_won, order), order), before=moment):
        after = follow(opened, order)

    assert after.issue is None
    assert payment_of(order).dispute == "won"


def test_older_answer_of_the_provider_does_not_undo_a_refund() -> None:
    order = an_order_in_status("shipped")
    opened = event_of(sandbox_dashboard.open_dispute, order)

    with interleave(
        lambda: follow(event_of(sandbox_dashboard.refund_payment, order), order),
        before="TransactWriteItems",
    ):
        after = follow(opened, order)

    assert after.refunded == order.total
    assert payment_of(order).state == PaymentState.REFUNDED


def test_concurrent_deliveries_refund_once() -> None:
    order = declined()
    event = event_of(sandbox_dashboard.capture_late, order)

    with interleave(lambda: follow(event, order), before="TransactWriteItems"):
        after = follow(event, order)

    assert after.refunded == order.total


def test_capture_while_the_order_is_closing_is_followed_once_it_is_closed() -> None:
    order = an_order_in_status("releasing")
    event = event_of(sandbox_dashboard.capture_late, order)
    with pytest.raises(OrderInMotion):
        follow(event, order)

    release(order.order_id, now=NOON)

    assert follow(event, order).refunded == order.total


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_capture_just_before_our_record_of_the_void_is_not_lost(*, is_cancelled: bool) -> None:
    """The bank charges after the intent was voided, and the event comes before we record that."""
    order = an_order_in_status("paying", payment_method="pm_declined")
    if is_cancelled:
        cancel_order(order.order_id, now=NOON)
    events = []

    def capture_late() -> None:
        events.append(event_of(sandbox_dashboard.capture_late, order))
        with pytest.raises(OrderInMotion):
            follow(events[0], order)

    with interleave(capture_late, before="TransactWriteItems releasing"):
        charge(order.order_id, now=NOON)
    closed = release(order.order_id, now=NOON)

    assert closed.status == ("cancelled" if is_cancelled else "declined")
    assert follow(events[0], order).refunded == order.total


def test_capture_by_our_own_call_changes_nothing() -> None:
    """A provider reports every capture, also while the charge step is still running."""
    for status in ("paid", "shipping", "shipped"):
        order = an_order_in_status(status)
        event = event_of(sandbox_dashboard.capture_late, order)

        after = follow(event, order)

        assert (after.status, after.refunded) == (order.status, 0)
        assert after.cancel_requested is False


def test_own_refund_changes_nothing() -> None:
    order = an_order_in_status("refunding")
    refund(order.order_id, now=NOON)
    order = release(order.order_id, now=NOON)
    event = event_of(sandbox_dashboard.refund_payment, order)

    after = follow(event, order)

    assert (after.status, after.event_count) == ("cancelled", order.event_count)


def test_paid_order_that_was_refunded_in_the_dashboard_is_cancelled() -> None:
    order = an_order_in_status("paid", product := a_product())
    event = event_of(sandbox_dashboard.refund_payment, order)

    follow(event, order)
    closed = run_to_completion(order.order_id, now=PACKED)

    assert (closed.status, closed.close_reason) == ("cancelled", "merchant_request")
    assert closed.refunded == closed.total
    assert_invariants(order.order_id, product)


@pytest.mark.parametrize("change", [sandbox_dashboard.open_dispute, dispute_lost])
def test_paid_order_that_is_disputed_is_cancelled_without_a_second_return_of_the_money(
    change: Change,
) -> None:
    order = an_order_in_status("paid", product := a_product())
    event = event_of(change, order)

    with pytest.raises(OrderInMotion):  # the dispute is recorded once the order is closed
        follow(event, order)
    closed = run_to_completion(order.order_id, now=PACKED)

    assert (closed.status, closed.close_reason) == ("cancelled", "payment_disputed")
    assert (closed.refunded, bool(intent_of(order).refund_id)) == (0, False)
    assert counters(product) == (20, 0, 0)
    assert bool(follow(event, order).issue) == (change == sandbox_dashboard.open_dispute)
    assert payment_of(order).dispute == intent_of(order).dispute


def test_dispute_of_a_cancelled_order_that_was_won_is_refunded_then() -> None:
    order = an_order_in_status("paid")
    opened = event_of(sandbox_dashboard.open_dispute, order)
    with pytest.raises(OrderInMotion):
        follow(opened, order)
    run_to_completion(order.order_id, now=PACKED)
    follow(opened, order)

    after = follow(event_of(dispute_won, order), order)

    assert (after.refunded, bool(after.issue)) == (after.total, False)
    assert payment_of(order).state == PaymentState.REFUNDED


@pytest.mark.parametrize("decided", [dispute_won, dispute_lost])
def test_dispute_that_is_decided_while_the_order_is_being_cancelled(decided: Change) -> None:
    """Whenever the bank decides, the money is returned once."""
    order = an_order_in_status("paid")
    opened = event_of(sandbox_dashboard.open_dispute, order)
    with pytest.raises(OrderInMotion):
        follow(opened, order)
    refund(order.order_id, now=NOON)
    event = event_of(decided, order)
    with pytest.raises(OrderInMotion):
        follow(event, order)

    release(order.order_id, now=NOON)
    for it in (event, opened, event):
        after = follow(it, order)

    assert after.issue is None
    is_refunded = decided == dispute_won
    assert after.refunded == (order.total if is_refunded else 0)
    assert bool(intent_of(order).refund_id) == is_refunded


def test_late_capture_that_is_disputed_already_is_not_refunded_as_well() -> None:
    order = declined()
    captured = event_of(sandbox_dashboard.capture_late, order)
    event_of(sandbox_dashboard.open_dispute, order)

    after = follow(captured, order)

    assert (after.refunded, bool(intent_of(order).refund_id)) == (0, False)
    assert after.issue


def test_dispute_that_was_won_lets_the_order_ship() -> None:
    order = an_order_in_status("paid")
    event = event_of(dispute_won, order)

    follow(event, order)

    assert payment_of(order).dispute == "won"
    assert ship(order.order_id, now=PACKED).status == "shipped"


def test_refund_in_the_dashboard_while_shipping_is_recorded_after_it() -> None:
    order = an_order_in_status("shipping")
    event = event_of(sandbox_dashboard.refund_payment, order)
    with pytest.raises(OrderInMotion):
        follow(event, order)

    ship(order.order_id, now=PACKED)
    after = follow(event, order)

    assert (after.status, after.refunded) == ("shipped", order.total)


def test_refund_in_the_dashboard_after_shipping_is_recorded() -> None:
    order = an_order_in_status("shipped", product := a_product())
    event = event_of(sandbox_dashboard.refund_payment, order)

    after = follow(event, order)

    assert (after.status, after.refunded) == ("shipped", order.total)
    assert after.issue is None
    assert payment_of(order).state == PaymentState.REFUNDED
    assert counters(product) == (19, 0, 1)  # the parcel is not back


def test_refund_before_the_charge_is_known_cancels_the_order() -> None:
    """The event comes before the charge step has recorded the capture."""
    order = an_order_in_status("paying", product := a_product())
    with crash(before="TransactWriteItems"):
        charge(order.order_id, now=NOON)
    with crash(after="UpdateItem captured"):
        charge(order.order_id, now=NOON)
    event = event_of(sandbox_dashboard.refund_payment, order)
    with pytest.raises(OrderInMotion):
        follow(event, order)

    closed = run_to_completion(order.order_id, now=PACKED)

    assert (closed.status, closed.refunded) == ("cancelled", closed.total)
    assert follow(event, order).event_count == closed.event_count
    assert_invariants(order.order_id, product)


@pytest.mark.parametrize("status", ["shipped", "cancelled"])
def test_dispute_of_a_closed_order_is_an_issue_until_it_is_decided(status: str) -> None:
    order = an_order_in_status(status) if status == "shipped" else cancelled_while_paying()
    event_of(sandbox_dashboard.capture_late, order)
    opened = event_of(sandbox_dashboard.open_dispute, order)

    disputed = follow(opened, order)

    assert disputed.issue
    assert disputed.issue.reason == IssueReason.PAYMENT_DISPUTED
    # A cancelled order whose dispute was won would be refunded.
    for decided in (dispute_won, dispute_lost) if status == "shipped" else (dispute_lost,):
        follow(event_of(decided, order), order)
        assert find_order(order.order_id).issue is None
    # A refund in addition to a lost dispute would return the money twice.
    assert find_order(order.order_id).refunded == 0
    assert not intent_of(order).refund_id


def test_late_event_of_a_decided_dispute_opens_no_issue() -> None:
    order = an_order_in_status("shipped")
    opened, decided = event_of(sandbox_dashboard.open_dispute, order), event_of(dispute_won, order)

    follow(decided, order)
    after = follow(opened, order)

    assert after.issue is None
    assert payment_of(order).dispute == "won"


@pytest.mark.parametrize("order_of_events", [*permutations(range(3))])
def test_order_of_events_makes_no_difference(order_of_events: tuple[int, ...]) -> None:
    order = an_order_in_status("shipped")
    changes = (sandbox_dashboard.open_dispute, dispute_lost, sandbox_dashboard.refund_payment)
    events = [event_of(change, order) for change in changes]

    for position in (*order_of_events, *order_of_events):
        follow(events[position], order)

    after, payment = find_order(order.order_id), payment_of(order)
    assert (after.status, after.refunded) == ("shipped", order.total)
    assert after.issue is None
    assert (payment.state, payment.dispute) == (PaymentState.REFUNDED, "lost")


def test_second_payment_of_an_order_is_refunded() -> None:
    order = an_order_in_status("shipped")
    IdempotencyKey.get(f"key#intent:{order.order_id}").delete()
    second = FakePaymentGateway().create_intent(
        order.order_id, order.total, "EUR", order.payment_method
    )
    event = event_of(sandbox_dashboard.capture_late, order)

    after = follow(event, order)

    assert Intent.get(f"intent#{second}").refund_id
    assert (after.refunded, payment_state(after, payment_of(order))) == (0, PaymentState.CAPTURED)


def test_second_payment_that_is_disputed_meanwhile_is_delivered_again() -> None:
    order = an_order_in_status("shipped")
    IdempotencyKey.get(f"key#intent:{order.order_id}").delete()
    second = FakePaymentGateway().create_intent(
        order.order_id, order.total, "EUR", order.payment_method
    )
    event = event_of(sandbox_dashboard.capture_late, order)

    def dispute() -> None:
        sandbox_dashboard.open_dispute(order.order_id, now=LATER)

    with interleave(dispute, before=f"UpdateItem {second}"), pytest.raises(OrderInMotion):
        follow(event, order)

    assert follow(event, order).status == "shipped"
    assert not Intent.get(f"intent#{second}").refund_id


def test_charge_of_an_order_that_was_cancelled_unpaid_is_refunded() -> None:
    """A restored table has forgotten the payment, and the order was cancelled since."""
    order = an_order_in_status("paid")
    Payment(order.order_id).delete()
    order.update(actions=[Order.status.set("cancelled"), Order.final_status.set("cancelled")])
    event = event_of(sandbox_dashboard.capture_late, order)

    after = follow(event, order)

    assert after.refunded == order.total
    payment = payment_of(order)
    assert (payment.state, payment.amount) == ("refunded", order.total)
    assert payment.refund_id == intent_of(order).refund_id


@pytest.mark.parametrize("status", ["placed", "reviewing"])
def test_charge_of_an_order_that_is_not_charged_yet_waits_for_the_workflow(status: str) -> None:
    order = an_order_in_status(status)
    FakePaymentGateway().create_intent(order.order_id, order.total, "EUR", order.payment_method)
    event = event_of(sandbox_dashboard.capture_late, order)

    with pytest.raises(OrderInMotion):
        follow(event, order)


def test_event_about_money_that_was_not_taken_yet_does_not_wait_for_the_workflow() -> None:
    with clock.use_clock(lambda: NOON):
        order = an_order_in_status("placed", payment_method="pm_provider_down")
        with pytest.raises(GatewayUnavailable):
            charge(order.order_id, now=NOON)
    event = PaymentEvent("evt_created", "payment_intent.created", payment_of(order).intent_id)

    with clock.use_clock(lambda: LATER):
        assert follow(event, order).status == "paying"


def test_payment_of_an_unknown_order_or_shop_is_left_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    order = declined()
    lost = event_of(sandbox_dashboard.capture_late, order)
    order.delete()

    follow_payment_event(lost, now=LATER)
    follow_payment_event(PaymentEvent("evt_1", "charge.refunded", "pi_unknown"), now=LATER)

    assert "payment_without_order" in capsys.readouterr().err
    assert intent_of(order).refund_id is None


def test_event_during_a_provider_outage_is_not_recorded() -> None:
    with clock.use_clock(lambda: NOON):
        order = an_order_in_status("placed", payment_method="pm_provider_down")
        with pytest.raises(GatewayUnavailable):
            charge(order.order_id, now=NOON)
        event = event_of(sandbox_dashboard.capture_late, order)

        with pytest.raises(GatewayUnavailable):
            follow(event, order)

    with clock.use_clock(lambda: LATER):
        charge(order.order_id, now=LATER)
        assert follow(event, order).status == "paid"


@pytest.mark.parametrize(
    "change", [sandbox_dashboard.refund_payment, sandbox_dashboard.open_dispute, dispute_lost]
)
def test_money_that_was_never_taken_is_neither_refunded_nor_disputed(change: Change) -> None:
    order = declined()

    with pytest.raises(LookupError, match="never captured"):
        change(order.order_id, now=LATER)

    assert not intent_of(order).refund_id
