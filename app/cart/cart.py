"""The cart as an immutable value: every change returns a new cart."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from msgspec import Struct
from msgspec.structs import replace as replace_fields

from app.cart.draft import EMPTY_DRAFT, CheckoutDraft
from app.errors import ValidationFailed
from app.i18n.messages import lazy_gettext

MAX_QUANTITY_PER_LINE = 10
MAX_LINES = 30


class CartLine(Struct, frozen=True):
    """``price`` is what the customer saw when the line was last changed, in cents."""

    sku: str
    quantity: int
    price: int


@dataclass(frozen=True)
class Cart:
    """``version`` counts the changes, for optimistic locking: an order requires the one it read."""

    lines: tuple[CartLine, ...] = ()
    version: int = 0
    draft: CheckoutDraft = EMPTY_DRAFT

    @property
    def count(self) -> int:
        return sum(line.quantity for line in self.lines)

    def quantity_of(self, sku: str) -> int:
        return next((line.quantity for line in self.lines if line.sku == sku), 0)

    def with_added(self, sku: str, quantity: int, *, price: int) -> "Cart":
        return self.with_quantity(sku, self.quantity_of(sku) + quantity, price=price)

    def with_quantity(
        self, sku: str, quantity: int, *, price: int, place: int = MAX_LINES
    ) -> "Cart":
        """Set the quantity of a line; 0 removes it. A new line comes after ``place`` others.

        Raises ``ValidationFailed`` above a limit.
        """
        if quantity > MAX_QUANTITY_PER_LINE:
            raise ValidationFailed(
                lazy_gettext(
                    "You can order at most %(max_quantity)s of one product.",
                    max_quantity=MAX_QUANTITY_PER_LINE,
                ),
                field="quantity",
            )
        changed = CartLine(sku, quantity, price)
        lines = [changed if line.sku == sku else line for line in self.lines]
        if not self.quantity_of(sku):
            lines.insert(place, changed)
        return self._with_lines(line for line in lines if line.quantity > 0)

    def with_draft(self, draft: CheckoutDraft) -> "Cart":
        return replace(self, draft=draft)

    def with_prices(self, prices: dict[str, int]) -> "Cart":
        """Update the prices after the customer has seen them."""
        return self._with_lines(
            replace_fields(line, price=prices.get(line.sku, line.price)) for line in self.lines
        )

    def _with_lines(self, lines: Iterable[CartLine]) -> "Cart":
        new_lines = tuple(lines)
        if len(new_lines) > MAX_LINES:
            raise ValidationFailed(
                lazy_gettext(
                    "An order can have at most %(max_lines)s different products.",
                    max_lines=MAX_LINES,
                ),
                field="sku",
            )
        draft = self.draft if new_lines else self.draft.without_decline()
        return replace(self, lines=new_lines, draft=draft)
