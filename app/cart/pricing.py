"""What a cart costs now, and what has changed since the customer looked."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.cart.cart import Cart, CartLine
from app.catalog.catalog_cache import Catalog, CatalogEntry, cached_catalog
from app.catalog.translations import translate_catalog
from app.errors import NotFound
from app.i18n.messages import lazy_gettext
from app.inventory.models import Stock
from app.inventory.reservations import read_stock, read_stock_consistently
from app.money import vat_included
from app.shipping.rates import FREE_FROM, shipping_cost


@dataclass(frozen=True)
class PricedLine:
    """A line with its piece and its stock; ``piece`` is None when we no longer sell it."""

    line: CartLine
    entry: CatalogEntry | None
    stock: Stock | None

    @property
    def price(self) -> int:
        return int(self.stock.price) if self.stock else self.line.price

    @property
    def total(self) -> int:
        return self.price * self.line.quantity

    @property
    def available(self) -> int:
        buyable = self.entry and self.stock and self.stock.on_sale
        return int(self.stock.available) if self.stock and buyable else 0

    @property
    def notice(self) -> str:
        """What the customer must know before paying; empty when all is as it was."""
        if not self.available:
            return lazy_gettext("This item is sold out. Remove it to continue.")
        if self.available < self.line.quantity:
            return lazy_gettext("Only %(count)s left. Change the quantity.", count=self.available)
        if self.price != self.line.price:
            if self.price > self.line.price:
                return lazy_gettext("The price has gone up since you added this item.")
            return lazy_gettext("The price has gone down since you added this item.")
        return ""


@dataclass(frozen=True)
class PricedCart:
    """A cart with today's prices."""

    cart: Cart
    lines: tuple[PricedLine, ...]

    @property
    def subtotal(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def shipping(self) -> int:
        return shipping_cost(self.subtotal) if self.lines else 0

    @property
    def total(self) -> int:
        return self.subtotal + self.shipping

    @property
    def vat(self) -> int:
        return vat_included(self.total)

    @property
    def missing_for_free_shipping(self) -> int:
        """How much more must be bought for shipping to be free; 0 when it is."""
        return max(0, FREE_FROM - self.subtotal)

    @property
    def can_be_ordered(self) -> bool:
        return bool(self.lines) and all(ln.available >= ln.line.quantity for ln in self.lines)


def price_cart(cart: Cart, now: datetime, language: str = "en") -> PricedCart:
    """Look up each line: at most two round trips, none for an empty cart."""
    if not cart.lines:
        return PricedCart(cart, ())
    shelf = translate_catalog(cached_catalog(now), language)
    stock = read_stock(line.sku for line in cart.lines)
    return PricedCart(
        cart,
        tuple(PricedLine(ln, _piece(shelf, ln.sku), stock.get(ln.sku)) for ln in cart.lines),
    )


def reload_stock(cart: PricedCart) -> PricedCart:
    """The same pieces with the stock of this very moment."""
    stock = read_stock_consistently(line.line.sku for line in cart.lines)
    lines = tuple(replace(line, stock=stock.get(line.line.sku)) for line in cart.lines)
    return replace(cart, lines=lines)


def _piece(shelf: Catalog, sku: str) -> CatalogEntry | None:
    try:
        return shelf.entry_with_sku(sku)
    except NotFound:
        return None
