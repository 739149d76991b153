"""What a cart is and how it changes: values only, each change gives a new cart."""

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import replace as with_changes

from app.errors import ValidationFailed
from app.i18n.messages import lazy_gettext

MAX_QUANTITY_PER_LINE = 10
MAX_LINES = 30


class CartLine(Struct, frozen=True):
    """``price`` is what the customer saw when the line was last touched."""

    sku: str
    quantity: int
    price: int


@dataclass(frozen=True)
class Cart:
    """``version`` counts the changes; the order that empties the cart names the version it saw."""

    lines: tuple[CartLine, ...] = ()
    version: int = 0

    @property
    def count(self) -> int:
        return sum(line.quantity for line in self.lines)

    def quantity_of(self, sku: str) -> int:
        return next((line.quantity for line in self.lines if line.sku == sku), 0)

    def with_added(self, sku: str, quantity: int, *, price: int) -> "Cart":
        return self.with_quantity(sku, self.quantity_of(sku) + quantity, price=price)

    def with_quantity(self, sku: str, quantity: int, *, price: int) -> "Cart":
        """Set a line; nought removes it. Raises ``Unacceptable`` beyond the limits of an order."""
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
            lines.append(changed)
        return self._holding(line for line in lines if line.quantity > 0)

    def with_prices(self, prices: dict[str, int]) -> "Cart":
        """The customer has seen today's prices."""
        return self._holding(
            with_changes(line, price=prices.get(line.sku, line.price)) for line in self.lines
        )

    def _holding(self, lines: Iterable[CartLine]) -> "Cart":
        kept = tuple(lines)
        if len(kept) > MAX_LINES:
            raise ValidationFailed(
                lazy_gettext(
                    "An order can have at most %(max_lines)s different products.",
                    max_lines=MAX_LINES,
                ),
                field="sku",
            )
        return Cart(kept, self.version)
