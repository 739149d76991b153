"""Prices a cart: current prices and stock, shipping, VAT, and what changed since the last visit."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from app.cart.cart import Cart, CartLine
from app.catalog.catalog_cache import Catalog, CatalogEntry, cached_catalog
from app.catalog.missing_products import refresh_if_missing
from app.catalog.translations import translate_catalog
from app.discounts import redemption
from app.discounts.amounts import split_discount
from app.discounts.models import Discount
from app.discounts.refusals import DiscountRefused
from app.errors import NotFound
from app.i18n.messages import lazy_gettext
from app.inventory.models import Stock
from app.inventory.reservations import read_stock, read_stock_consistently
from app.shipping.rates import ShippingZone, shipping_zone
from app.vat import HOME_COUNTRY, total_vat, vat_rate, without_home_vat


@dataclass(frozen=True)
class PricedLine:
    """A cart line with its catalog entry and stock, which are None if it is no longer sold.

    ``price`` is the gross price of a unit, everywhere; the total of an export has no VAT in it.
    ``discount`` is the line's part of a discount, in gross cents.
    """

    line: CartLine
    entry: CatalogEntry | None
    stock: Stock | None
    country: str = HOME_COUNTRY
    discount: int = 0

    @property
    def price(self) -> int:
        return int(self.stock.price) if self.stock else self.line.price

    @property
    def gross(self) -> int:
        return self.price * self.line.quantity

    @property
    def full_total(self) -> int:
        """The total before the discount."""
        return self._to_pay(self.gross)

    @property
    def total(self) -> int:
        return self._to_pay(self.gross - self.discount)

    @property
    def untaxed(self) -> int:
        """The VAT that an export does not pay."""
        return self.gross - self.discount - self.total

    def _to_pay(self, gross: int) -> int:
        return gross if vat_rate(self.country) else without_home_vat(gross)

    @property
    def available(self) -> int:
        is_for_sale = self.entry and self.stock and self.stock.on_sale
        return int(self.stock.available) if self.stock and is_for_sale else 0

    @property
    def notice(self) -> str:
        """What the customer must know before paying; empty if nothing has changed."""
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
    """A cart with current prices; all amounts are in cents.

    ``country`` is where it will be delivered; empty while that is not known. The amounts are then
    an estimate, for a delivery at home. ``code`` is the discount code that has reduced the lines;
    ``refusal`` says why another one has not.
    """

    cart: Cart
    lines: tuple[PricedLine, ...]
    country: str = ""
    code: Discount | None = None
    refusal: DiscountRefused | None = None

    @property
    def is_estimate(self) -> bool:
        return not self.country

    @property
    def zone(self) -> ShippingZone:
        return shipping_zone(self.country or HOME_COUNTRY)

    @property
    def tax_rate(self) -> int:
        """In tenths of a percent; 0 for an export."""
        return vat_rate(self.country or HOME_COUNTRY)

    @property
    def gross(self) -> int:
        """What the terms of a discount code are about: the lines before it, with VAT."""
        return sum(line.gross for line in self.lines)

    @property
    def subtotal(self) -> int:
        """The lines before the discount."""
        return sum(line.full_total for line in self.lines)

    @property
    def discounted(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def discount(self) -> int:
        """What the discount code saves: without VAT in an export, like the subtotal."""
        return self.subtotal - self.discounted

    @property
    def shipping(self) -> int:
        return self.zone.cost(self.discounted) if self.lines else 0

    @property
    def total(self) -> int:
        return self.discounted + self.shipping

    @property
    def tax(self) -> int:
        """The VAT in the total: that of each line and of shipping, each rounded half up."""
        return total_vat((*(line.total for line in self.lines), self.shipping), self.tax_rate)

    @property
    def missing_for_free_shipping(self) -> int:
        return self.zone.missing_for_free_shipping(self.discounted)

    @property
    def can_be_ordered(self) -> bool:
        return bool(self.lines) and all(line.available >= line.line.quantity for line in self.lines)

    def delivered_to(self, country: str) -> "PricedCart":
        """The same cart, with the VAT and the shipping cost of this country."""
        lines = tuple(replace(line, country=country) for line in self.lines)
        return replace(self, lines=lines, country=country)

    def with_discount(self, code: Discount) -> "PricedCart":
        """The same cart with this code: its discount is split over the lines."""
        off = code.amount_off(self.gross)
        lines = self._with_discounts(split_discount(off, [line.gross for line in self.lines]))
        return replace(self, lines=lines, code=code, refusal=None)

    def with_refusal(self, refusal: DiscountRefused) -> "PricedCart":
        lines = self._with_discounts((0,) * len(self.lines))
        return replace(self, lines=lines, code=None, refusal=refusal)

    def _with_discounts(self, discounts: Iterable[int]) -> tuple[PricedLine, ...]:
        pairs = zip(self.lines, discounts, strict=True)
        return tuple(replace(line, discount=discount) for line, discount in pairs)


def price_cart(cart: Cart, now: datetime, language: str = "en") -> PricedCart:
    """Price all lines with at most two calls to DynamoDB; an empty cart needs none.

    Products that this function does not know yet need two more.

    ``delivered_to`` makes the estimate exact.
    """
    if not cart.lines:
        return PricedCart(cart, ())
    refresh_if_missing(now, skus=(line.sku for line in cart.lines))
    catalog = translate_catalog(cached_catalog(now), language)
    stock = read_stock(line.sku for line in cart.lines)
    lines = (
        PricedLine(line, _find_entry(catalog, line.sku), stock.get(line.sku)) for line in cart.lines
    )
    return PricedCart(cart, tuple(lines))


def apply_discount_code(
    cart: PricedCart, code: str, *, now: datetime, email: str = ""
) -> PricedCart:
    """The cart with the discount of this code, or with the reason why it has none.

    Without a code nothing is read. Whether the customer has used it up is checked if ``email`` is
    given; the order's own transaction checks all of it again.
    """
    if not code or not cart.lines:
        return cart
    try:
        discount = redemption.find_discount(code)
        redemption.require_usable(discount, cart.gross, now=now)
        if email:
            redemption.require_unused(discount, email)
    except DiscountRefused as refused:
        return cart.with_refusal(refused)
    return cart.with_discount(discount)


def reload_stock(cart: PricedCart) -> PricedCart:
    """Read the stock of all lines again, with strongly consistent reads."""
    stock = read_stock_consistently(line.line.sku for line in cart.lines)
    lines = tuple(replace(line, stock=stock.get(line.line.sku)) for line in cart.lines)
    return replace(cart, lines=lines)


def _find_entry(catalog: Catalog, sku: str) -> CatalogEntry | None:
    try:
        return catalog.entry_with_sku(sku)
    except NotFound:
        return None
