"""The order model: the state of one order, its invariants, and the guards that keep them.

Together with ``order_rules.py`` this is the specification of ``app/orders``, small enough to visit
every state.
"""

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from app.orders.models import FINAL

COMPENSATING = ("refunding", "releasing")
FINAL_EVENTS = frozenset({"order_shipped", "order_declined", "order_cancelled"})
UNITS = 10


class Guard(StrEnum):
    """What keeps the invariants: first the app's own conditions, then the providers' guarantees."""

    SAME_STATUS = "a transition is refused if the status has changed since it was read"
    SAME_EVENTS = "a transition is refused if an event was appended since the order was read"
    EVENT_APPENDED_ONCE = "an event that exists is never written again"
    APPROVED_FIRST = "an order that needs a review is charged only after its approval"
    DECIDED_ONCE = "the first decision about an order is the only one"
    VOID_FIRST = "a declined intent is voided before the order is closed"
    LATE_CAPTURE_COUNTS = "if voiding comes too late, the order is paid"
    TRANSITION_BEFORE_CARRIER = "the carrier is called only after the transition to shipping"
    CANCEL_BARS_SHIPPING = "an order with an accepted cancellation does not become shipping"
    PACKED_FIRST = "an order becomes shipping only after its packing time"
    STOCK_WITH_STATUS = "stock changes in the transaction that changes the status"
    REFUND_FIRST = "a paid order is refunded before its stock is released"

    CAPTURED_ONCE = "the provider captures an intent once"
    VOID_IS_FINAL = "the provider never captures a void intent"
    REFUNDED_ONCE = "the provider refunds an intent once, however often it is called"
    CARRIER_IS_FINAL = "the carrier gives the same answer to the same reference"


type Guards = frozenset[Guard]
ALL_GUARDS: Guards = frozenset(Guard)


class OrderState(NamedTuple):
    """Everything stored. One unit is reserved for this order, and one for another order."""

    status: str = "placed"
    needs_review: bool = False
    decision: str = ""
    cancel_requested: bool = False
    final_status: str = ""
    event_count: int = 1
    events: frozenset[tuple[int, str]] = frozenset({(1, "order_placed")})

    intent: str = "open"
    captures: int = 0
    refunds: int = 0
    confirm_in_flight: bool = False  # a call that timed out at its caller and may still arrive
    carrier_answer: str = ""
    parcel_sent: bool = False

    available: int = UNITS - 2
    reserved: int = 2
    sold: int = 0

    packed: bool = False  # the packing time is over
    review_overdue: bool = False

    @property
    def is_final(self) -> bool:
        return self.status in FINAL


def _payment_violation(state: OrderState) -> str:
    if state.captures > 1:
        return "M1: charged twice"
    if state.refunds > state.captures:
        return "M4: more refunded than charged"
    if state.status == "shipped" and (state.captures, state.refunds) != (1, 0):
        return "M2: shipped and not paid"
    if state.status in ("declined", "cancelled") and state.captures != state.refunds:
        return "M3: closed without a refund"
    return ""


def _stock_violation(state: OrderState) -> str:
    if state.available + state.reserved + state.sold != UNITS:
        return "S1: the units do not add up"
    if state.reserved != 1 + (not state.is_final):
        return "S3: reserved for a closed order, or another order's unit released"
    if state.sold != (state.status == "shipped"):
        return "S4: counted as sold and not shipped"
    return ""


def _shipping_violation(state: OrderState) -> str:
    if state.parcel_sent and state.cancel_requested:
        return "C1: shipped after an accepted cancellation"
    if state.status in ("shipping", "shipped") and not state.packed:
        return "C2: shipped while the customer may still cancel"
    if state.parcel_sent and state.status in (*COMPENSATING, "declined", "cancelled"):
        return "C3: the parcel was sent and the money is refunded"
    return ""


def _event_violation(state: OrderState) -> str:
    types = Counter(event_type for _, event_type in state.events)
    if len({number for number, _ in state.events}) < len(state.events):
        return "E1: two events have the same id"
    if max(types.values()) > 1:
        return "E1: an event was written twice"
    if len(types.keys() & FINAL_EVENTS) != state.is_final:
        return "E1: not exactly one final event"
    if state.cancel_requested and state.status == "declined":
        return "C4: an accepted cancellation ended in a decline"
    return ""


def review_violation(state: OrderState) -> str:
    if state.needs_review and state.captures and state.decision != "approved":
        return "R1: charged without an approval"
    if state.decision not in ("", "approved", "rejected"):
        return "R2: decided twice"
    return ""


INVARIANTS: tuple[Callable[[OrderState], str], ...] = (
    _payment_violation,
    _stock_violation,
    _shipping_violation,
    _event_violation,
    review_violation,
)


def find_violation(state: OrderState) -> str:
    """The first invariant that this state violates, or "". All invariants hold at all times."""
    return next((found for invariant in INVARIANTS if (found := invariant(state))), "")
