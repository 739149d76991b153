"""Redeeming a code: in the transaction that places the order, and given back if it closes.

Never used once too often: the transaction fails if the terms have changed since they were read, or
if another order has redeemed the code for the last time.
"""

from datetime import datetime

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from app.discounts.models import (
    DISCOUNTS_ID,
    CustomerRedemptions,
    Discount,
    customer_redemptions,
)
from app.discounts.refusals import already_used, refusal, unknown_code

WRITES = 2  # that a redemption adds to a transaction


def find_discount(code: str) -> Discount:
    """The code's row. Raises ``DiscountRefused`` if there is none."""
    try:
        return Discount.get(DISCOUNTS_ID, code, consistent_read=True)
    except DoesNotExist:
        raise unknown_code(code) from None


def require_usable(discount: Discount, subtotal: int, *, now: datetime) -> None:
    """Raise ``DiscountRefused`` if the code cannot be used now for this gross subtotal."""
    if refused := refusal(discount, subtotal, now=now):
        raise refused


def require_unused(discount: Discount, email: str) -> None:
    """Raise ``DiscountRefused`` if this customer has used the code as often as they may."""
    row = customer_redemptions(discount.code, email)
    try:
        row.refresh(consistent_read=True)
    except DoesNotExist:
        return
    if row.redeemed >= discount.max_per_customer:
        raise already_used(discount)


def redeem_code(transaction: TransactWrite, discount: Discount, email: str) -> None:
    """Add the redemption of an order to its transaction: ``WRITES`` conditional updates."""
    has_rest: Condition = Discount.version == discount.version
    if discount.max_redemptions is not None:
        has_rest &= Discount.redeemed < discount.max_redemptions
    transaction.update(
        Discount(DISCOUNTS_ID, discount.code),
        actions=[Discount.redeemed.add(1), Discount.was_redeemed.set(True)],
        condition=has_rest,
    )
    has_own_rest = CustomerRedemptions.redeemed < discount.max_per_customer
    transaction.update(
        customer_redemptions(discount.code, email),
        actions=[
            CustomerRedemptions.kind.set(CustomerRedemptions),
            CustomerRedemptions.redeemed.add(1),
        ],
        condition=CustomerRedemptions.redeemed.does_not_exist() | has_own_rest,
    )


def give_back(transaction: TransactWrite, code: str, email: str) -> None:
    """Add to the transaction that closes an order without a parcel: the code can be used again."""
    transaction.update(
        Discount(DISCOUNTS_ID, code),
        actions=[Discount.redeemed.add(-1)],
        condition=Discount.redeemed >= 1,
    )
    transaction.update(
        customer_redemptions(code, email),
        actions=[CustomerRedemptions.redeemed.add(-1)],
        condition=CustomerRedemptions.redeemed >= 1,
    )
