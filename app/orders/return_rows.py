"""The rows of an order's returns: what comes back and why, its status, and what is refunded."""

from enum import StrEnum

from msgspec import Struct
from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from app.persistence.dynamodb import IntegerAttribute, OrderPart, StructAttribute

# In ``Return.open_shard``: what waits for a merchant's decision, and what reconciliation looks at.
TO_DECIDE, DUE = "return_to_decide", "return_due"
FAILING_CHECKS = 3  # so many attempts at a refund have failed before the merchants see an issue


class ReturnStatus(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    RECEIVED = "received"  # the refund is decided, and carried out from here on
    REFUSED = "refused"
    REFUNDED = "refunded"


ENDED = frozenset({ReturnStatus.REFUSED, ReturnStatus.REFUNDED})


class ReturnLine(Struct, frozen=True, omit_defaults=True):
    """The units of one SKU: how many the customer asked to return, and how many came back.

    ``restocked`` has the units that can be sold again, by the stock row that they were sold from.
    The other units that came back are damaged: they stay sold. ``total`` is what the customer paid
    for the units that came back, in cents.
    """

    sku: str
    quantity: int
    received: int = 0
    restocked: dict[str, int] = {}
    total: int = 0


class OpenReturns(GlobalSecondaryIndex["Return"]):
    """Returns that have not ended: the index of open orders, with shards of their own."""

    class Meta:
        index_name = "open"
        projection = AllProjection()

    open_shard = UnicodeAttribute(hash_key=True)
    next_check_at = UTCDateTimeAttribute(range_key=True)


class Return(OrderPart, discriminator="return"):
    """One return of an order, from the request on. Amounts are integer cents.

    ``note`` is the customer's, ``refusal`` the merchant's message to the customer. Neither leaves
    this row in an event.
    """

    order_number = UnicodeAttribute()
    status = UnicodeAttribute(default=ReturnStatus.REQUESTED)
    request_id = UnicodeAttribute()  # of the form: a repeat is the same return
    lines = StructAttribute[tuple[ReturnLine, ...]](tuple[ReturnLine, ...])
    reason = UnicodeAttribute()  # a ``ReturnReason``, or one that only newer code knows
    note = UnicodeAttribute(null=True)
    requested_at = UTCDateTimeAttribute()
    decided_at = UTCDateTimeAttribute(null=True)
    decided_by = UnicodeAttribute(null=True)
    refusal = UnicodeAttribute(null=True)
    refusal_reason = UnicodeAttribute(null=True)  # a ``RefusalReason``
    received_at = UTCDateTimeAttribute(null=True)
    received_by = UnicodeAttribute(null=True)
    amount = IntegerAttribute(null=True)  # to refund, as the merchant decided
    refunded = IntegerAttribute(null=True)
    refund_id = UnicodeAttribute(null=True)
    refunded_at = UTCDateTimeAttribute(null=True)
    open_shard = UnicodeAttribute(null=True)
    next_check_at = UTCDateTimeAttribute(null=True)
    checks = IntegerAttribute(null=True)  # attempts at the refund by reconciliation

    open = OpenReturns()

    @property
    def number(self) -> int:
        return int(self.part.partition("#")[2])

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED

    @property
    def is_failing(self) -> bool:
        """Whether the refund has failed so often that a merchant should know."""
        return self.status == ReturnStatus.RECEIVED and (self.checks or 0) >= FAILING_CHECKS

    @property
    def units(self) -> dict[str, int]:
        """Units by SKU: those that came back, or before that those that the customer returns."""
        is_back = self.status in (ReturnStatus.RECEIVED, ReturnStatus.REFUNDED)
        return {it.sku: it.received if is_back else it.quantity for it in self.lines}


def return_key(number: int) -> str:
    """The sort key of an order's return. Its number is counted from 1."""
    return f"return#{number}"
