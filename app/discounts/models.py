"""Rows of discount codes: the terms with the number of redemptions, and those of each customer."""

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute

from app.catalog.models import CatalogItem
from app.customers.models import sha256_hex
from app.discounts.amounts import share_of
from app.persistence.dynamodb import IntegerAttribute

DISCOUNTS_ID = "discounts"  # the partition key of all codes


class Discount(CatalogItem, discriminator="discount"):
    """A discount code, which is the row's ``item_id``. Amounts are gross cents.

    It has either ``percent`` or ``amount``. ``redeemed`` counts the orders that hold or used the
    code: never more than ``max_redemptions``, if that is set. Each change of the terms raises
    ``version``. What an order costs follows from terms that never change once ``was_redeemed``.
    """

    catalog_id = UnicodeAttribute(hash_key=True, default=DISCOUNTS_ID)
    percent = IntegerAttribute(null=True)
    amount = IntegerAttribute(null=True)
    minimum = IntegerAttribute(default=0)  # the subtotal from which the code can be used
    starts_at = UTCDateTimeAttribute(null=True)
    ends_at = UTCDateTimeAttribute(null=True)
    max_redemptions = IntegerAttribute(null=True)
    max_per_customer = IntegerAttribute(default=1)
    ended_at = UTCDateTimeAttribute(null=True)  # by a merchant, for good
    redeemed = IntegerAttribute(default=0)
    was_redeemed = BooleanAttribute(null=True)
    version = IntegerAttribute(default=0)
    created_at = UTCDateTimeAttribute()

    @property
    def code(self) -> str:
        return self.item_id

    @property
    def is_used_up(self) -> bool:
        return self.max_redemptions is not None and self.redeemed >= self.max_redemptions

    def amount_off(self, subtotal: int) -> int:
        """What the code takes off a gross subtotal, rounded half up; always less than all of it."""
        off = share_of(subtotal, self.percent) if self.percent else self.amount or 0
        return min(off, max(0, subtotal - 1))


class CustomerRedemptions(CatalogItem, discriminator="customer_redemptions"):
    """How many orders of one customer hold or used one code.

    The customer is known by a hash of code and email address, so that the row names no person and
    connects no two codes.
    """

    redeemed = IntegerAttribute(default=0)


def customer_redemptions(code: str, email: str) -> CustomerRedemptions:
    """The row of a customer, not read from the table."""
    return CustomerRedemptions(f"discount#{code}", f"customer#{sha256_hex(f'{code} {email}')}")
