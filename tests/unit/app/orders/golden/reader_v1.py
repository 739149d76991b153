"""The reader of version 1, frozen: a copy of the event classes as they were first released.

Tests read with it what today's code writes. Never change it; a new version gets its own file.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, json

Cents = Annotated[int, Meta(ge=0)]
Quantity = Annotated[int, Meta(ge=1)]
UtcTime = Annotated[datetime, Meta(tz=True)]
# A code of ``CloseReason``, or one that newer code has added. Never free text.
ReasonCode = Annotated[str, Meta(pattern=r"^[a-z_]{1,40}$")]


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class _OrderEvent(Struct, frozen=True, kw_only=True, tag_field="type", tag=_snake):
    event_id: str
    order_id: str
    occurred_at: UtcTime
    version: Literal[1] = 1

    @property
    def type(self) -> str:
        return str(self.__struct_config__.tag)


class EventLine(Struct, frozen=True, kw_only=True):
    sku: str
    quantity: Quantity
    price: Cents


class OrderPlaced(_OrderEvent, frozen=True, kw_only=True):
    lines: tuple[EventLine, ...]
    total: Cents
    currency: str
    needs_review: bool


class OrderReviewRequested(_OrderEvent, frozen=True, kw_only=True):
    total: Cents
    currency: str


class OrderReviewDecided(_OrderEvent, frozen=True, kw_only=True):
    decision: Literal["approved", "rejected"]


class OrderCancelRequested(_OrderEvent, frozen=True, kw_only=True):
    """No further fields."""


class OrderPaid(_OrderEvent, frozen=True, kw_only=True):
    total: Cents
    currency: str


class OrderDeclined(_OrderEvent, frozen=True, kw_only=True):
    lines: tuple[EventLine, ...]
    reason: ReasonCode


class OrderShipped(_OrderEvent, frozen=True, kw_only=True):
    lines: tuple[EventLine, ...]
    tracking_code: str


class OrderCancelled(_OrderEvent, frozen=True, kw_only=True):
    lines: tuple[EventLine, ...]
    reason: ReasonCode
    refunded: Cents
    currency: str


class StockLow(_OrderEvent, frozen=True, kw_only=True):
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


def read_event(text: str) -> Any:
    return json.decode(text, type=OrderEvent)
