"""The domain events of an order: one class per fact, named in the past tense, no personal data."""

import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, json

Cents = Annotated[int, Meta(ge=0)]
Quantity = Annotated[int, Meta(ge=1)]
Number = Annotated[int, Meta(ge=1)]
UtcTime = Annotated[datetime, Meta(tz=True)]
# A code of ``CloseReason``, or one that newer code has added. Never free text.
ReasonCode = Annotated[str, Meta(pattern=r"^[a-z_]{1,40}$")]


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class _OrderEvent(Struct, frozen=True, kw_only=True, tag_field="type", tag=_snake):
    """The fields of every event. Amounts are integer cents of ``currency``.

    Every delivery of one event has the same ``event_id``, so consumers can deduplicate by it.
    ``traceparent`` is the span that caused the event. Any text is accepted, because a malformed one
    must not make the event unreadable; earlier code wrote none.
    https://www.w3.org/TR/trace-context/#traceparent-header
    """

    event_id: str
    order_id: str
    occurred_at: UtcTime
    version: Literal[1] = 1
    traceparent: str | UnsetType = UNSET

    @property
    def type(self) -> str:
        return str(self.__struct_config__.tag)


class EventLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A quantity of one SKU and the gross price of one unit in the order.

    ``discount`` is taken off the whole line, and so is ``untaxed``: the VAT in the rest, which an
    export does not pay.
    """

    sku: str
    quantity: Quantity
    price: Cents
    untaxed: Cents = 0
    discount: Cents = 0

    @property
    def total(self) -> int:
        return self.quantity * self.price - self.discount - self.untaxed


class ReturnedLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A returned quantity of one SKU, of which ``restocked`` units can be sold again.

    ``total`` is what the customer paid for these units, whether or not all of it is refunded.
    """

    sku: str
    quantity: Quantity
    restocked: Annotated[int, Meta(ge=0)] = 0
    total: Cents = 0


class OrderPlaced(_OrderEvent, frozen=True, kw_only=True):
    """The order is saved and its stock is reserved."""

    lines: tuple[EventLine, ...]
    total: Cents
    currency: str
    needs_review: bool


class OrderReviewRequested(_OrderEvent, frozen=True, kw_only=True):
    """The order waits for a merchant to approve or reject it."""

    total: Cents
    currency: str


class OrderReviewDecided(_OrderEvent, frozen=True, kw_only=True):
    """A merchant has decided, or the review timed out."""

    decision: Literal["approved", "rejected"]


class OrderCancelRequested(_OrderEvent, frozen=True, kw_only=True):
    """Cancellation was requested after payment started; a later event has the outcome."""


class OrderPaid(_OrderEvent, frozen=True, kw_only=True):
    """The payment was captured, and the lines count as sold. Earlier code wrote no lines."""

    total: Cents
    currency: str
    lines: tuple[EventLine, ...] = ()


class OrderDeclined(_OrderEvent, frozen=True, kw_only=True):
    """The payment was declined, nothing was captured, and the stock is released."""

    lines: tuple[EventLine, ...]
    reason: ReasonCode


class OrderShipped(_OrderEvent, frozen=True, kw_only=True):
    """The carrier has accepted the parcel, and the stock counts as sold."""

    lines: tuple[EventLine, ...]
    tracking_code: str


class OrderCancelled(_OrderEvent, frozen=True, kw_only=True):
    """The order was closed without a parcel, ``refunded`` cents returned, the stock released."""

    lines: tuple[EventLine, ...]
    reason: ReasonCode
    refunded: Cents
    currency: str


class StockLow(_OrderEvent, frozen=True, kw_only=True):
    """This order left few units of a SKU available."""

    sku: str
    available: Annotated[int, Meta(ge=0)]


class ReturnRequested(_OrderEvent, frozen=True, kw_only=True):
    """The customer asks to return some units. The returns of an order are numbered from 1."""

    return_number: Number
    lines: tuple[ReturnedLine, ...]
    reason: ReasonCode


class ReturnApproved(_OrderEvent, frozen=True, kw_only=True):
    """A merchant agrees: the customer sends the units."""

    return_number: Number


class ReturnRefused(_OrderEvent, frozen=True, kw_only=True):
    """The return has ended without a refund: a merchant refused it, or nothing was received."""

    return_number: Number
    reason: ReasonCode


class ReturnRefunded(_OrderEvent, frozen=True, kw_only=True):
    """The units are back: ``refunded`` cents were returned, some of the units restocked."""

    return_number: Number
    lines: tuple[ReturnedLine, ...]
    refunded: Cents
    currency: str


OrderEvent = (
    OrderPlaced
    | OrderReviewRequested
    | OrderReviewDecided
    | OrderCancelRequested
    | OrderPaid
    | OrderDeclined
    | OrderShipped
    | OrderCancelled
    | StockLow
    | ReturnRequested
    | ReturnApproved
    | ReturnRefused
    | ReturnRefunded
)
EVENT_CLASSES: tuple[type[OrderEvent], ...] = OrderEvent.__args__
# The versions that this code reads, by type.
VERSIONS = {str(it.__struct_config__.tag): frozenset({1}) for it in EVENT_CLASSES}


class UnreadableEvent(Exception):
    """The text is not an order event, or not a valid one: a permanent failure."""


class UnknownEvent(UnreadableEvent):
    """An event in a type or version that only newer code can read: wait for that code.

    This happens while a deployment is running, and after a rollback.
    """


class _EventHeader(Struct):
    """What every event has in every version."""

    event_id: str
    order_id: str
    type: str
    version: int = 1


def read_event(body: str) -> OrderEvent:
    """Read an event of any known type and version. Raises ``UnreadableEvent``.

    Tolerant reader: fields that this code does not know are ignored, so a new optional field is
    compatible. Any other change needs a new version, for which this raises ``UnknownEvent``.
    https://martinfowler.com/bliki/TolerantReader.html
    """
    try:
        event: OrderEvent = read_message(body, OrderEvent)
    except UnreadableEvent as error:
        _raise_if_unknown(body, error)
        raise
    return event


def readable_events(bodies: Iterable[str]) -> Iterator[OrderEvent]:
    """The events of those bodies that this code can read."""
    for body in bodies:
        with suppress(UnreadableEvent):
            yield read_event(body)


def _raise_if_unknown(body: str, error: UnreadableEvent) -> None:
    try:
        header: _EventHeader = read_message(body, _EventHeader)
    except UnreadableEvent:
        return  # not an event at all
    if header.version not in VERSIONS.get(header.type, ()):
        reason = f"this code reads no version {header.version} of {header.type}"
        raise UnknownEvent(reason) from error


def read_message(body: str, kind: Any) -> Any:
    """Decode JSON as ``kind``. Raises ``UnreadableEvent``, also for JSON nested too deeply."""
    try:
        return json.decode(body, type=kind)
    except (ValueError, RecursionError) as error:
        raise UnreadableEvent(str(error)) from error


@cache
def reader_id() -> str:
    """Identifies what ``read_event`` can read: another one is worth another attempt."""
    classes = (_OrderEvent, EventLine, ReturnedLine, *EVENT_CLASSES)
    fields = [(it.__name__, it.__annotations__) for it in classes]
    return f"{zlib.crc32(repr(fields).encode()):08x}"


def write_event(event: OrderEvent) -> str:
    return json.encode(event).decode()
