"""An order's world as the model sees it: what lasts, what may never be, and what guards it.

Together with `order_rules.py` this is the specification of `app/orders`, small enough to look at
every state of it.
"""

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

FINAL = frozenset({"shipped", "declined", "cancelled"})
WAY_BACK = ("refunding", "releasing")
ENDINGS = frozenset({"order_shipped", "order_declined", "order_cancelled"})
PIECES = 10


class Guard(StrEnum):
    """What keeps the promises: first what our code does, then what others have promised us."""

    SAME_STATUS = "a move is refused when the status is another one than was read"
    SAME_EVENTS = "a move is refused when anything was told since the order was read"
    TOLD_ONCE = "an event that is there is never written again"
    APPROVED_FIRST = "an order that needs a review is charged only when it is approved"
    DECIDED_ONCE = "the first decision about an order is the only one"
    VOID_FIRST = "a declined intent is voided before the order is given up"
    LATE_MONEY_COUNTS = "when voiding comes too late the order is paid"
    CLAIM_FIRST = "the carrier is asked only once the order is claimed for shipping"
    CANCEL_BARS_SHIPPING = "an order that is to be cancelled is not claimed for shipping"
    PACKED_FIRST = "an order is claimed for shipping only when its packing time is over"
    STOCK_WITH_STATUS = "stock moves in the transaction that moves the status"
    REFUND_FIRST = "an order that was paid is refunded before it is released"

    CONFIRMED_ONCE = "the provider moves no money for an intent that is captured"
    VOID_IS_FINAL = "the provider moves no money for an intent that is void"
    REFUNDED_ONCE = "the provider refunds an intent once, however often it is asked"
    CARRIER_IS_FINAL = "the carrier gives the same answer to the same reference"


type Guards = frozenset[Guard]
ALL: Guards = frozenset(Guard)


class World(NamedTuple):
    """All that lasts, whoever dies. One piece is held for this order, one for somebody else's."""

    status: str = "placed"
    needs_review: bool = False
    decision: str = ""
    cancel_requested: bool = False
    closing_as: str = ""
    events: int = 1
    told: frozenset[tuple[int, str]] = frozenset({(1, "order_placed")})

    intent: str = "open"
    charged: int = 0
    refunded: int = 0
    in_flight: bool = False  # a call to confirm that nobody waits for any more, and that may arrive
    carrier_said: str = ""
    parcel_left: bool = False

    available: int = PIECES - 2
    reserved: int = 2
    sold: int = 0

    packed: bool = False  # the packing time is over
    overdue: bool = False  # the time to review it is over

    @property
    def finished(self) -> bool:
        return self.status in FINAL


def _money_is_wrong(it: World) -> str:
    if it.charged > 1:
        return "M1: charged twice"
    if it.refunded > it.charged:
        return "M4: more refunded than charged"
    if it.status == "shipped" and (it.charged, it.refunded) != (1, 0):
        return "M2: shipped and not paid for"
    if it.status in ("declined", "cancelled") and it.charged != it.refunded:
        return "M3: closed, and the money is not back"
    return ""


def _stock_is_wrong(it: World) -> str:
    if it.available + it.reserved + it.sold != PIECES:
        return "S1: pieces appeared or vanished"
    if it.reserved != 1 + (not it.finished):
        return "S3: held for nobody, or another order's piece was let go"
    if it.sold != (it.status == "shipped"):
        return "S4: counted as sold and not shipped"
    return ""


def _the_parcel_is_wrong(it: World) -> str:
    if it.parcel_left and it.cancel_requested:
        return "C1: shipped after an accepted cancel"
    if it.status in ("shipping", "shipped") and not it.packed:
        return "C2: shipped while the customer may still cancel"
    if it.parcel_left and it.status in (*WAY_BACK, "declined", "cancelled"):
        return "C3: the parcel is gone, and the money goes back"
    return ""


def _the_story_is_wrong(it: World) -> str:
    types = Counter(what for _, what in it.told)
    if len({number for number, _ in it.told}) < len(it.told):
        return "E1: two facts bear the same id"
    if max(types.values()) > 1:
        return "E1: told twice"
    if len(types.keys() & ENDINGS) != it.finished:
        return "E1: not exactly one ending"
    if it.cancel_requested and it.status == "declined":
        return "C4: an accepted cancel was answered with a decline"
    return ""


def review_is_wrong(it: World) -> str:
    if it.needs_review and it.charged and it.decision != "approved":
        return "R1: charged without a merchant's yes"
    if it.decision not in ("", "approved", "refused"):
        return "R2: decided twice"
    return ""


CHECKS: tuple[Callable[[World], str], ...] = (
    _money_is_wrong,
    _stock_is_wrong,
    _the_parcel_is_wrong,
    _the_story_is_wrong,
    review_is_wrong,
)


def broken_promise(world: World) -> str:
    """The first promise that this world breaks, or nothing. All of them hold at every moment."""
    return next((wrong for check in CHECKS if (wrong := check(world))), "")
