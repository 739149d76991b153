"""The rows of an order's partition: the order, its events, its review, timeline entries, notes."""

import zlib
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection

from app.orders.events import EventLine
from app.persistence.dynamodb import IntegerAttribute, OrderPart, StructAttribute
from app.vat import HOME_RATE, total_vat, without_home_vat

INDEX_SHARDS = 4
DISPUTED = "disputed"  # in ``Order.open_shard``, of a closed order with a disputed payment
API_OWNER = "api"  # owns the orders of all API clients
# Keys, and the kind that PynamoDB needs: a change of status then costs no write to these indexes.
KEYS_PROJECTION = IncludeProjection(["kind"])


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
    """A snapshot of the product variant as it was bought; prices are integer cents.

    ``image`` is the path of a thumbnail. ``stock_shards`` has the units taken from each shard of a
    sharded stock. ``price`` is gross. ``discount`` is the line's part of the order's discount,
    taken off the whole line; so is ``untaxed``, the VAT in the rest, which an export does not pay.
    """

    sku: str
    title: str
    variant: str
    quantity: int
    price: int
    image: str | None = None
    stock_shards: dict[str, int] = {}
    untaxed: int = 0
    discount: int = 0

    @property
    def total(self) -> int:
        return self.price * self.quantity - self.discount - self.untaxed

    @property
    def reservations(self) -> dict[str, int]:
        """The reserved units by stock row, which is where a cancellation returns them."""
        return self.stock_shards or {self.sku: self.quantity}


class Address(Struct, frozen=True, omit_defaults=True):
    """A delivery or billing address in the format of its country.

    ``street2`` is the second line of the street, ``district`` a part of the city.
    """

    name: str
    street: str
    city: str
    postal_code: str
    region: str
    country: str  # ISO 3166-1 alpha-2
    company: str = ""
    street2: str = ""
    district: str = ""
    phone: str = ""


class IssueReason(StrEnum):
    """Why an order needs a merchant's attention; the admin has a sentence for each code."""

    STEP_FAILED = "step_failed"
    NO_PROGRESS = "no_progress"
    PAYMENT_DISPUTED = "payment_disputed"


class OrderIssue(Struct, frozen=True, omit_defaults=True):
    """A problem that the workflow could not solve; ``by`` names the component that reported it.

    ``step`` is the failed state of the workflow; ``error`` is the name of its exception.
    """

    reason: str  # an ``IssueReason``, or one that only newer code knows
    since: datetime
    by: str
    step: str = ""
    error: str = ""


class OrdersByCustomer(GlobalSecondaryIndex["Order"]):
    """A customer's orders, oldest first."""

    class Meta:
        index_name = "by-customer"
        projection = KEYS_PROJECTION

    email = UnicodeAttribute(hash_key=True)
    placed_at = UTCDateTimeAttribute(range_key=True)


class OrdersByAccount(GlobalSecondaryIndex["Order"]):
    """Sparse index: orders that a signed-in customer placed with another email, oldest first."""

    class Meta:
        index_name = "by-account"
        projection = KEYS_PROJECTION

    owner = UnicodeAttribute(hash_key=True)
    account_at = UTCDateTimeAttribute(range_key=True)


class OpenOrders(GlobalSecondaryIndex["Order"]):
    """Orders that are not closed, by the time when reconciliation checks them next.

    A shard of its own, ``DISPUTED``, has closed orders by the time when their dispute was recorded.
    Write sharding spreads the index over several partitions:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-sharding.html
    """

    class Meta:
        index_name = "open"
        projection = AllProjection()

    open_shard = UnicodeAttribute(hash_key=True)
    next_check_at = UTCDateTimeAttribute(range_key=True)


class OrdersByDay(GlobalSecondaryIndex["Order"]):
    """Orders by the day they were placed and their order number."""

    class Meta:
        index_name = "by-day"
        projection = KEYS_PROJECTION

    day_shard = UnicodeAttribute(hash_key=True)
    number = UnicodeAttribute(range_key=True)


class Order(OrderPart, discriminator="order"):
    """One order. Amounts are integer cents; ``transitions`` makes every change of ``status``."""

    part = UnicodeAttribute(range_key=True, default="order")
    number = UnicodeAttribute()
    status = UnicodeAttribute(default=OrderStatus.PLACED)
    owner = UnicodeAttribute(default="")  # who placed it: a visitor id, or the API; "" once erased
    account_at = UTCDateTimeAttribute(null=True)  # ``placed_at``, of an order in ``by_account``
    request_hash = UnicodeAttribute()
    email = UnicodeAttribute(default="")  # empty once it is erased
    email_verified = BooleanAttribute(null=True)  # placed by the customer signed in with it
    address = StructAttribute[Address](Address)
    billing_address = StructAttribute[Address](Address, null=True)  # where it differs
    delivery_note = UnicodeAttribute(null=True)  # for the carrier, such as where to leave a parcel
    lines = StructAttribute[tuple[OrderLine, ...]](tuple[OrderLine, ...])
    subtotal = IntegerAttribute()  # of the lines before the discount; without VAT in an export
    shipping = IntegerAttribute()
    total = IntegerAttribute()
    discount_code = UnicodeAttribute(null=True)
    tax_rate = IntegerAttribute(default=HOME_RATE)  # tenths of a percent; 0 for an export
    currency = UnicodeAttribute()
    payment_method = UnicodeAttribute()
    language = UnicodeAttribute(default="en")  # locale of the checkout and of the emails
    needs_review = BooleanAttribute(default=False)
    cancel_requested = BooleanAttribute(default=False)
    placed_at = UTCDateTimeAttribute()
    status_changed_at = UTCDateTimeAttribute()
    packing_until = UTCDateTimeAttribute(null=True)
    final_status = UnicodeAttribute(null=True)
    close_reason = UnicodeAttribute(null=True)
    refunded = IntegerAttribute(default=0)
    tracking_code = UnicodeAttribute(null=True)
    event_count = IntegerAttribute(default=0)
    issue = StructAttribute[OrderIssue](OrderIssue, null=True)
    day_shard = UnicodeAttribute()
    open_shard = UnicodeAttribute(null=True)
    next_check_at = UTCDateTimeAttribute(null=True)  # by reconciliation, which moves it back
    checks = IntegerAttribute(null=True)  # by reconciliation, since the last change of status
    erasure = UnicodeAttribute(null=True)  # an ``Erasure``; none while all personal data is stored
    run = IntegerAttribute(null=True)  # the number of the workflow's execution; the first has none

    by_customer = OrdersByCustomer()
    by_account = OrdersByAccount()
    open = OpenOrders()
    by_day = OrdersByDay()

    @property
    def finished(self) -> bool:
        return self.status in FINAL

    def full_total(self, line: OrderLine) -> int:
        """A line's total before the discount; the sum of all is the subtotal."""
        gross = line.price * line.quantity
        return gross if self.tax_rate else without_home_vat(gross)

    @property
    def discount(self) -> int:
        """What the discount code saved: without VAT in an export, like the subtotal."""
        return self.subtotal + self.shipping - self.total

    @property
    def tax(self) -> int:
        """The VAT in the total: that of each line and of shipping, each rounded half up."""
        return total_vat((*(line.total for line in self.lines), self.shipping), self.tax_rate)

    @property
    def current_run(self) -> int:
        """The number of the latest execution of this order's workflow, counted from 1."""
        return self.run or 1

    @property
    def reservations(self) -> list[tuple[str, int]]:
        """Every stock row that this order has reserved units of, and how many."""
        return [pair for line in self.lines for pair in line.reservations.items()]

    @property
    def event_lines(self) -> tuple[EventLine, ...]:
        names = EventLine.__struct_fields__
        return tuple(EventLine(**{it: getattr(ln, it) for it in names}) for ln in self.lines)


class UnpublishedEvents(GlobalSecondaryIndex["EventRow"]):
    """Events that have not been published yet, oldest first."""

    class Meta:
        index_name = "unpublished"
        projection = AllProjection()

    unpublished = UnicodeAttribute(hash_key=True)
    occurred_at = UTCDateTimeAttribute(range_key=True)


class EventRow(OrderPart, discriminator="event"):
    """A domain event: an outbox row until it is published, then a row of the order's timeline."""

    type = UnicodeAttribute()
    body = UnicodeAttribute()
    occurred_at = UTCDateTimeAttribute()
    published_at = UTCDateTimeAttribute(null=True)
    unpublished = UnicodeAttribute(null=True)
    # Of an event that could not be read when it was to be published:
    error = UnicodeAttribute(null=True)
    attempts = IntegerAttribute(null=True)
    retry_at = UTCDateTimeAttribute(null=True)
    unreadable_by = UnicodeAttribute(null=True)

    by_unpublished = UnpublishedEvents()


class Review(OrderPart, discriminator="review"):
    """A review: the task token that resumes the workflow (the last one counts) and the decision.

    ``comment`` is the merchant's message to the customer. It never leaves this row in an event.
    """

    part = UnicodeAttribute(range_key=True, default="review")
    task_token = UnicodeAttribute(null=True)
    due_at = UTCDateTimeAttribute()
    decision = UnicodeAttribute(null=True)
    decided_by = UnicodeAttribute(null=True)
    decided_at = UTCDateTimeAttribute(null=True)
    comment = UnicodeAttribute(null=True)


class TimelineEntry(OrderPart, discriminator="timeline"):
    """An entry of the order's timeline that is not a domain event."""

    text = UnicodeAttribute()
    at = UTCDateTimeAttribute()


class Note(OrderPart, discriminator="note"):
    """A merchant's internal note; the customer cannot see it."""

    text = UnicodeAttribute()
    by = UnicodeAttribute()
    at = UTCDateTimeAttribute()


def shard_of(text: str) -> int:
    return zlib.crc32(text.encode()) % INDEX_SHARDS


def shards(name: str) -> tuple[str, ...]:
    return tuple(f"{name}#{shard}" for shard in range(INDEX_SHARDS))
