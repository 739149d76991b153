"""The facts the shop tells about an order: one class each, in the past tense, no personal data."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, json

Cents = Annotated[int, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]
Moment = Annotated[datetime, Meta(tz=True)]


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class _OrderEvent(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=_snake
):
    """``event_id`` is the same for every copy of one fact; amounts are cents of ``currency``."""

    event_id: str
    order_id: str
    occurred_at: Moment
    version: Literal[1] = 1

    @property
    def type(self) -> str:
        return str(self.__struct_config__.tag)


class EventLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many pieces of one sku, at the price of the order."""

    sku: str
    quantity: Count
    price: Cents


class OrderPlaced(_OrderEvent, frozen=True, kw_only=True):
    """An order is in the books and its stock is held."""

    lines: tuple[EventLine, ...]
    total: Cents
    currency: str
    needs_review: bool


class OrderReviewRequested(_OrderEvent, frozen=True, kw_only=True):
    """A merchant is asked to approve or refuse."""

    total: Cents
    currency: str


class OrderReviewDecided(_OrderEvent, frozen=True, kw_only=True):
    """A merchant, or the clock, has decided."""

    decision: Literal["approved", "refused"]


class OrderCancelRequested(_OrderEvent, frozen=True, kw_only=True):
    """The customer wants out while money may be moving; a later event tells what came of it."""


class OrderPaid(_OrderEvent, frozen=True, kw_only=True):
    """The money has been taken, once."""

    total: Cents
    currency: str


class OrderDeclined(_OrderEvent, frozen=True, kw_only=True):
    """No money was taken, the stock is free again; ``reason`` is the provider's code."""

    lines: tuple[EventLine, ...]
    reason: str


class OrderShipped(_OrderEvent, frozen=True, kw_only=True):
    """The parcel has left; its pieces count as sold."""

    lines: tuple[EventLine, ...]
    tracking_code: str


class OrderCancelled(_OrderEvent, frozen=True, kw_only=True):
    """The order is closed without a parcel; ``refunded`` went back, and the stock is free again."""

    lines: tuple[EventLine, ...]
    reason: str
    refunded: Cents
    currency: str


class StockLow(_OrderEvent, frozen=True, kw_only=True):
    """After this order few pieces of a sku are left."""

    sku: str
    available: Annotated[int, Meta(ge=0)]


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
)
EVENT_CLASSES: tuple[type[OrderEvent], ...] = OrderEvent.__args__


class NotAnEvent(Exception):
    """This text is no event that we know, in a version that we know. Trying again cannot help."""


def read_event(body: str) -> OrderEvent:
    event: OrderEvent = read_message(body, OrderEvent)
    return event


def read_message(body: str, kind: Any) -> Any:
    """Raises ``NotAnEvent`` for what is broken, of another kind, or endlessly deep."""
    try:
        return json.decode(body, type=kind)
    except (ValueError, RecursionError) as error:
        raise NotAnEvent(str(error)) from error


def write_event(event: OrderEvent) -> str:
    return json.encode(event).decode()
