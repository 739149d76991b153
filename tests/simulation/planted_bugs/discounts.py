"""Planted bugs of discount codes: their redemptions, and the arithmetic of the discount."""

from collections.abc import Sequence
from typing import Any

import pytest
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from app.cart import pricing
from app.catalog.models import CatalogItem
from app.discounts import redemption
from app.discounts.models import Discount
from app.orders import cancellation
from app.orders.models import Order
from app.persistence.dynamodb import RetryingTransaction
from tests.simulation.planted_bugs.searches import Registry, schedules
from tests.simulation.simulator import actors

DISCOUNTS = Registry()

type Patch = pytest.MonkeyPatch


@DISCOUNTS.found_by(schedules(), "D1", "D2")
def code_checked_but_redeemed_unconditionally(patch: Patch) -> None:
    """Check-then-act: two customers redeem the last redemption."""
    _always_with_a_code(patch)
    update = RetryingTransaction.update

    def update_unconditionally(
        self: RetryingTransaction, row: Model, *, condition: Any = None, **options: Any
    ) -> None:
        condition = None if isinstance(row, CatalogItem) else condition
        update(self, row, condition=condition, **options)

    patch.setattr(RetryingTransaction, "update", update_unconditionally)


@DISCOUNTS.found_by(schedules(), "D1")
def redemption_of_a_closed_order_is_kept(patch: Patch) -> None:
    _always_with_a_code(patch)
    patch.setattr(redemption, "give_back", lambda *_: None)


@DISCOUNTS.found_by(schedules(), "D1")
def redemption_of_the_customer_is_kept(patch: Patch) -> None:
    _always_with_a_code(patch)
    give_back = redemption.give_back

    def give_back_of_another(transaction: TransactWrite, code: str, _: str) -> None:
        give_back(transaction, code, "cy@potter.example")

    patch.setattr(redemption, "give_back", give_back_of_another)


@DISCOUNTS.found_by(schedules(), "D1")
def redemption_given_back_in_a_transaction_of_its_own(patch: Patch) -> None:
    """A crash between both transactions loses it."""
    _always_with_a_code(patch)
    release = cancellation.release_holdings

    def release_apart(transaction: TransactWrite, order: Order) -> None:
        code, order.discount_code = order.discount_code, None
        release(transaction, order)
        if code:
            with RetryingTransaction(connection=transaction._connection) as apart:
                redemption.give_back(apart, code, order.email)

    patch.setattr(cancellation, "release_holdings", release_apart)


@DISCOUNTS.found_by(schedules(), "D2")
def percentage_rounded_down(patch: Patch) -> None:
    _always_with_a_code(patch)

    def amount_off(self: Discount, subtotal: int) -> int:
        return subtotal * (self.percent or 0) // 100 or self.amount or 0

    patch.setattr(Discount, "amount_off", amount_off)


@DISCOUNTS.found_by(schedules(), "D2")
def cents_lost_between_the_lines(patch: Patch) -> None:
    _always_with_a_code(patch)

    def split_down(discount: int, amounts: Sequence[int]) -> tuple[int, ...]:
        return tuple(discount * amount // sum(amounts) for amount in amounts)

    patch.setattr(pricing, "split_discount", split_down)


def _always_with_a_code(patch: Patch) -> None:
    patch.setattr(actors, "DISCOUNT_RATE", 1.0)
