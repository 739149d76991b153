"""The rows of an order's partition: the order itself, its events, its review, facts."""

import zlib
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from pynamodb.attributes import (
    BooleanAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection

from app.orders.events import EventLine
from app.persistence.dynamodb import OrderPart, StructAttribute, WholeAttribute

SHARDS = 4
# Of an order that is only looked up, the index holds the keys (and the kind, which PynamoDB asks
# for): what does not change there need not be written there with each change of status.
LOOKED_UP = IncludeProjection(["kind"])


class OrderStatus(StrEnum):
    PLACED = "placed"
    REVIEWING = "reviewing"
    PAYING = "paying"
    PAID = "paid"
    SHIPPING = "shipping"
    REFUNDING = "refunding"
    RELEASING = "releasing"
    SHIPPED = "shipped"
    DECLINED = "declined"
    CANCELLED = "cancelled"


FINAL = frozenset({OrderStatus.SHIPPED, OrderStatus.DECLINED, OrderStatus.CANCELLED})


class OrderLine(Struct, frozen=True, omit_defaults=True):
    """A snapshot of what was bought; ``picture`` is the path of a small picture, if any.

    ``drawers`` are those that it was taken from, where the sku has several.
    """

    sku: str
    title: str
    variant: str
    quantity: int
    price: int
    picture: str | None = None
    drawers: dict[str, int] = {}

    @property
    def total(self) -> int:
        return self.price * self.quantity

    @property
    def held(self) -> dict[str, int]:
        """How many pieces are held in which row of stock: there they go back to."""
        return self.drawers or {self.sku: self.quantity}


class Address(Struct, frozen=True):
    """Where the parcel goes, already in the form that the country's post wants."""

    name: str
    street: str
    city: str
    postal_code: str
    region: str
    country: str  # ISO 3166-1 alpha-2


class Case(Struct, frozen=True):
    """Something that a person must decide."""

    reason: str
    since: datetime
    by: str


class ByCustomer(GlobalSecondaryIndex["Order"]):
    """A customer's history, newest last."""

    class Meta:
        index_name = "by-customer"
        projection = LOOKED_UP

    email = UnicodeAttribute(hash_key=True)
    placed_at = UTCDateTimeAttribute(range_key=True)


class Open(GlobalSecondaryIndex["Order"]):
    """Orders that are not closed, by when somebody should look; sharded, never by status."""

    class Meta:
        index_name = "open"
        projection = AllProjection()

    open_shard = UnicodeAttribute(hash_key=True)
    due_at = UTCDateTimeAttribute(range_key=True)


class ByDay(GlobalSecondaryIndex["Order"]):
    """Orders by the day they were placed on and their readable number."""

    class Meta:
        index_name = "by-day"
        projection = LOOKED_UP

    day_shard = UnicodeAttribute(hash_key=True)
    number = UnicodeAttribute(range_key=True)


class Order(OrderPart, discriminator="order"):
    """One order. Amounts are cents; every change of ``status`` is one conditional write."""

    part = UnicodeAttribute(range_key=True, default="order")
    number = UnicodeAttribute()
    status = UnicodeAttribute(default=OrderStatus.PLACED)
    owner = UnicodeAttribute()  # the visitor, or the API's scope, that placed it
    request_hash = UnicodeAttribute()
    email = UnicodeAttribute()
    address = StructAttribute[Address](Address)
    lines = StructAttribute[tuple[OrderLine, ...]](tuple[OrderLine, ...])
    subtotal = WholeAttribute()
    shipping = WholeAttribute()
    total = WholeAttribute()
    currency = UnicodeAttribute()
    payment_method = UnicodeAttribute()
    language = UnicodeAttribute(default="en")  # in which it was placed, and letters are written
    needs_review = BooleanAttribute(default=False)
    cancel_requested = BooleanAttribute(default=False)
    placed_at = UTCDateTimeAttribute()
    moved_at = UTCDateTimeAttribute()
    packing_until = UTCDateTimeAttribute(null=True)
    closing_as = UnicodeAttribute(null=True)
    closing_reason = UnicodeAttribute(null=True)
    refunded = WholeAttribute(default=0)
    tracking_code = UnicodeAttribute(null=True)
    events = WholeAttribute(default=0)
    case = StructAttribute[Case](Case, null=True)
    day_shard = UnicodeAttribute()
    open_shard = UnicodeAttribute(null=True)
    due_at = UTCDateTimeAttribute(null=True)

    by_customer = ByCustomer()
    open = Open()
    by_day = ByDay()

    @property
    def finished(self) -> bool:
        return self.status in FINAL

    @property
    def holds(self) -> list[tuple[str, int]]:
        """Every row of stock that this order holds pieces of, and how many."""
        return [hold for line in self.lines for hold in line.held.items()]

    @property
    def event_lines(self) -> tuple[EventLine, ...]:
        return tuple(EventLine(sku=o.sku, quantity=o.quantity, price=o.price) for o in self.lines)


class Pending(GlobalSecondaryIndex["EventRow"]):
    """Events that have not been published yet, oldest first."""

    class Meta:
        index_name = "pending"
        projection = AllProjection()

    pending = UnicodeAttribute(hash_key=True)
    occurred_at = UTCDateTimeAttribute(range_key=True)


class EventRow(OrderPart, discriminator="event"):
    """The outbox row and the timeline entry in one; ``pending`` is there until it is published."""

    type = UnicodeAttribute()
    body = UnicodeAttribute()
    occurred_at = UTCDateTimeAttribute()
    published_at = UTCDateTimeAttribute(null=True)
    pending = UnicodeAttribute(null=True)

    by_pending = Pending()


class Review(OrderPart, discriminator="review"):
    """What a merchant is asked, the token that wakes the workflow (last one wins), the answer."""

    part = UnicodeAttribute(range_key=True, default="review")
    task_token = UnicodeAttribute(null=True)
    due_at = UTCDateTimeAttribute()
    decision = UnicodeAttribute(null=True)
    decided_by = UnicodeAttribute(null=True)
    decided_at = UTCDateTimeAttribute(null=True)
    why = UnicodeAttribute(null=True)


class Fact(OrderPart, discriminator="fact"):
    """Something that happened without being an event, told on the order's page."""

    text = UnicodeAttribute()
    at = UTCDateTimeAttribute()


class Note(OrderPart, discriminator="note"):
    """What a merchant wrote down about an order; the customer never reads it."""

    text = UnicodeAttribute()
    by = UnicodeAttribute()
    at = UTCDateTimeAttribute()


def shard_of(text: str) -> int:
    return zlib.crc32(text.encode()) % SHARDS


def shards(name: str) -> tuple[str, ...]:
    return tuple(f"{name}#{shard}" for shard in range(SHARDS))
