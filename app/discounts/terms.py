"""Creating, changing and ending discount codes."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple, Self

from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from app.discounts.models import DISCOUNTS_ID, Discount
from app.errors import Conflict, NotFound, ValidationFailed
from app.i18n.currency import format_money
from app.persistence.audit_log import SYSTEM_ACTOR, record_change
from app.persistence.dynamodb import is_condition_failure, retrying_transaction

MIN_PERCENT, MAX_PERCENT = 1, 90
# The terms from which the price of an order follows: fixed once an order has used the code.
FIXED_TERMS = ("percent", "amount", "minimum", "max_per_customer")


@dataclass(frozen=True)
class Terms:
    """The terms of a code; amounts are gross cents. Either ``percent`` or ``amount`` is set."""

    percent: int | None = None
    amount: int | None = None
    minimum: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    max_redemptions: int | None = None
    max_per_customer: int = 1

    def __post_init__(self) -> None:
        """Raise ``ValidationFailed`` for terms that contradict each other."""
        errors = {}
        if (self.percent is None) == (self.amount is None):
            errors["percent"] = "Enter either a percentage or an amount."
        if self.amount is not None and self.minimum <= self.amount:
            errors["minimum"] = "Enter a minimum order above the amount, so that no order is free."
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            errors["ends_at"] = "Enter an end after the start."
        if errors:
            raise ValidationFailed.for_fields(errors)

    @classmethod
    def of(cls, discount: Discount) -> Self:
        return cls(**{it.name: getattr(discount, it.name) for it in fields(cls)})

    @property
    def summary(self) -> str:
        off = f"{self.percent}%" if self.percent else format_money(self.amount or 0)
        return f"{off} off"


def admin_path(code: str) -> str:
    """The code's page in the admin, which audit log entries link to."""
    return f"/admin/discounts/{code}"


def list_discounts() -> list[Discount]:
    """All codes, newest first."""
    return sorted(Discount.query(DISCOUNTS_ID), key=lambda it: it.created_at, reverse=True)


def find_own_discount(code: str) -> Discount:
    """A code for its merchant, read consistently. Raises ``NotFound``."""
    try:
        return Discount.get(DISCOUNTS_ID, code, consistent_read=True)
    except DoesNotExist:
        raise NotFound("There is no such discount code.") from None


def create_discount(code: str, terms: Terms, *, now: datetime, by: str = SYSTEM_ACTOR) -> None:
    """Save a new code. Raises ``ValidationFailed`` if there is one already, which may have ended.

    A code is never created again, because its orders and its customers' redemptions refer to it.
    """
    row = Discount(DISCOUNTS_ID, code, created_at=now, **vars(terms))
    summary = f"Created the discount code {code}: {terms.summary}"
    try:
        with retrying_transaction() as transaction:
            transaction.save(row, condition=Discount.item_id.does_not_exist())
            record_change(transaction, summary, path=admin_path(code), by=by, now=now)
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise
        message = "This code exists already. Enter another one."
        raise ValidationFailed(message, field="code") from error


def change_terms(
    discount: Discount, terms: Terms, *, expected_version: int, now: datetime, by: str
) -> None:
    """Change a code's terms. Orders that are placed at the same time are checked against them.

    Raises ``Conflict`` if the code was changed, ended or redeemed meanwhile so that these terms
    are not possible any more, and ``ValidationFailed`` for a change that never is.
    """
    errors = {}
    if discount.was_redeemed and _fixed_terms(discount) != _fixed_terms(terms):
        errors["percent"] = "Orders have used this code, so what it takes off cannot change."
    if terms.max_redemptions is not None and discount.redeemed > terms.max_redemptions:
        errors["max_redemptions"] = "Enter at least the number of orders that have used the code."
    if errors:
        raise ValidationFailed.for_fields(errors)
    condition = Discount.version == expected_version
    if terms.max_redemptions is not None:
        condition &= Discount.redeemed <= terms.max_redemptions
    if _fixed_terms(discount) != _fixed_terms(terms):
        condition &= Discount.was_redeemed.does_not_exist()
    edit = Edit(discount, f"Changed the discount code {discount.code}: {terms.summary}", by, now)
    _write(edit, {**vars(terms), "version": expected_version + 1}, condition)


def end_discount(discount: Discount, *, now: datetime, by: str) -> None:
    """End a code for good; orders that hold it keep their discount. A repeat changes nothing."""
    if discount.ended_at:
        return
    values = {"ended_at": now, "version": discount.version + 1}
    edit = Edit(discount, f"Ended the discount code {discount.code}", by, now)
    _write(edit, values, Discount.version == discount.version)


def _fixed_terms(terms: Terms | Discount) -> list[int | None]:
    return [getattr(terms, name) for name in FIXED_TERMS]


class Edit(NamedTuple):
    """What the audit log says about a change."""

    discount: Discount
    summary: str
    by: str
    now: datetime


def _write(edit: Edit, values: Mapping[str, Any], condition: Condition) -> None:
    row, attributes = edit.discount, Discount.get_attributes()
    actions: list[Action] = [
        attributes[name].remove() if value is None else attributes[name].set(value)
        for name, value in values.items()
    ]
    try:
        with retrying_transaction() as transaction:
            transaction.update(row, actions=actions, condition=condition)
            path = admin_path(row.code)
            record_change(transaction, edit.summary, path=path, by=edit.by, now=edit.now)
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise
        raise Conflict(
            "This code was changed or used since you opened the form. Please check it again."
        ) from error
