"""Bulk edit: one change for several products."""

import re
from dataclasses import replace
from functools import partial
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace as struct_replace

from app.catalog.models import Product, Variant
from app.catalog.product_fields import ProductFields, read_price
from app.catalog.products import ProductEdit
from app.form_fields import SELECT, InvalidValue, Reader, Submitted, read_fields, read_number
from app.i18n.currency import format_money
from app.money import MAX_MONEY
from app.number_notation import plain_number

type BulkAction = Literal[
    "publish",
    "unpublish",
    "set_price",
    "change_percent",
    "change_amount",
    "start_sale",
    "end_sale",
]
MIN_PRICE = 1  # cents


class DoesNotFit(ValueError):
    """The change would make a price too low or too high, or publish an archived product."""


class BulkChange(Struct, frozen=True):
    """The action, and its ``amount``.

    That is cents for ``set_price`` and ``change_amount``, per cent for ``start_sale``, and
    hundredths of a per cent for ``change_percent``.
    """

    action: BulkAction
    amount: int = 0

    @property
    def summary(self) -> str:
        sign = "-" if self.amount < 0 else "+"
        money, amount = format_money(abs(self.amount)), f"{abs(self.amount) / 100:g}"
        return {
            "set_price": f"set the price to {money}",
            "change_percent": f"change prices by {sign}{amount}%",
            "change_amount": f"change prices by {sign}{money}",
            "start_sale": f"start a sale with {self.amount}% off",
            "end_sale": "end the sale",
        }.get(self.action, self.action)

    def edit_of(self, product: Product, *, expected_version: int) -> ProductEdit:
        """The edit of this product. Raises ``DoesNotFit``."""
        if self.action == "publish" and product.archived_at:
            raise DoesNotFit("is archived: restore it first")
        fields = self._apply(ProductFields.from_product(product))
        return ProductEdit(product, fields, expected_version)

    def _apply(self, fields: ProductFields) -> ProductFields:
        if self.action in ("publish", "unpublish"):
            return replace(fields, published=self.action == "publish")
        price, compare_at = self._prices(fields.price, fields.compare_at)
        variants = tuple(self._variant(it) for it in fields.variants)
        return replace(fields, price=price, compare_at=compare_at, variants=variants)

    def _variant(self, variant: Variant) -> Variant:
        """A set price is that of every variant; all else changes each from its own price."""
        if variant.price is None or self.action == "set_price":
            return struct_replace(variant, price=None, compare_at=None)
        price, compare_at = self._prices(variant.price, variant.compare_at)
        return struct_replace(variant, price=price, compare_at=compare_at)

    def _prices(self, price: int, compare_at: int | None) -> tuple[int, int | None]:
        regular_price = compare_at or price
        if self.action == "end_sale":
            return regular_price, None
        if self.action == "start_sale":
            return max(MIN_PRICE, _changed(regular_price, -100 * self.amount)), regular_price
        new_price = self._new_price(price)
        is_still_reduced = compare_at is not None and compare_at > new_price
        return new_price, compare_at if is_still_reduced else None

    def _new_price(self, price: int) -> int:
        if self.action == "set_price":
            return self.amount
        by_percent = self.action == "change_percent"
        new_price = _changed(price, self.amount) if by_percent else price + self.amount
        if new_price < MIN_PRICE:
            raise DoesNotFit(f"would cost less than {format_money(MIN_PRICE)}")
        if new_price > MAX_MONEY:
            raise DoesNotFit(f"would cost more than {format_money(MAX_MONEY)}")
        return new_price


def _changed(cents: int, hundredths: int) -> int:
    """Changed by hundredths of a per cent, rounded half up to a cent."""
    return (cents * (10_000 + hundredths) * 2 + 10_000) // 20_000


# --- the form ---------------------------------------------------------------------------------

ACTIONS: tuple[BulkAction, ...] = get_args(BulkAction.__value__)
LABELS = {
    "action": "an action",
    "price": "a price",
    "percent": "a discount (%)",
    "change_percent": "a change",
    "change_amount": "an amount",
}
MIN_HUNDREDTHS, MAX_HUNDREDTHS = -9_000, 90_000
CHANGE = re.compile(r"(?P<sign>[+-]?) ?(?P<whole>[0-9]{1,3})(?:[.,](?P<decimals>[0-9]{1,2}))? ?%?")
ENTER_CHANGE = "Enter %(field)s in per cent from -90 to 900, like 10 or -12.5."


def read_change(submitted: Submitted) -> BulkChange:
    """Raises ``ValidationFailed``, with the field."""
    action: BulkAction = read_fields({"action": _read_action}, submitted, LABELS)["action"]
    amounts = read_fields(AMOUNT_READERS.get(action, {}), submitted, LABELS)
    return BulkChange(action, next(iter(amounts.values()), 0))


def _read_action(text: str) -> BulkAction:
    for action in ACTIONS:
        if action == text:
            return action
    raise InvalidValue(SELECT)


def _read_hundredths(text: str) -> int:
    """Hundredths of a per cent: 1250 for "12.5" or "12,5 %"."""
    if not (change := CHANGE.fullmatch(plain_number(text))):
        raise InvalidValue(ENTER_CHANGE)
    size = int(change["whole"] + (change["decimals"] or "").ljust(2, "0"))
    hundredths = -size if change["sign"] == "-" else size
    if not hundredths or not MIN_HUNDREDTHS <= hundredths <= MAX_HUNDREDTHS:
        raise InvalidValue(ENTER_CHANGE)
    return hundredths


def _read_amount(text: str) -> int:
    """Cents, negative for a reduction."""
    plain = plain_number(text)
    cents = read_price(plain.removeprefix("-"))
    return -cents if plain.startswith("-") else cents


AMOUNT_READERS: dict[BulkAction, dict[str, Reader]] = {
    "set_price": {"price": read_price},
    "change_percent": {"change_percent": _read_hundredths},
    "change_amount": {"change_amount": _read_amount},
    "start_sale": {"percent": partial(read_number, minimum=1, maximum=90)},
}
