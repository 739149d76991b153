"""Creating and updating products, together with the stock items that repeat their price."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite
from ulid import ULID

from app.catalog.models import Product, Variant, product_key
from app.catalog.product_fields import ProductFields
from app.errors import Conflict, ValidationFailed
from app.i18n.currency import format_money
from app.inventory.models import LedgerEntry, Stock
from app.inventory.reservations import read_stock_consistently, update_shards
from app.persistence.audit_log import SYSTEM_ACTOR, record_change
from app.persistence.dynamodb import (
    failed_conditions,
    is_condition_failure,
    retrying_transaction,
)

MAX_WRITES = 100  # of a transaction, https://docs.aws.amazon.com/general/latest/gr/ddb.html
OTHER_WRITES = 3  # besides stock and ledger: product, audit log entry, result of an import
FIELD_NAMES = {  # where the attribute is called in another way
    "weight_g": "weight",
    "blurb": "short description",
    "long_description": "description",
}
ARCHIVED = "Restore this product before you publish it: it is archived."


class DuplicateProduct(Conflict):
    """Another product has this slug, or some of these SKUs, or both."""

    def __init__(self, slug: str, skus: tuple[str, ...]) -> None:
        super().__init__("Another product has this URL slug or one of these SKUs.")
        self.slug, self.skus = slug, skus


class EditConflict(Conflict):
    """The product was changed after the merchant read it. Nothing was overwritten."""

    def __init__(self) -> None:
        super().__init__("Another merchant has changed this product since you opened the form.")


def admin_path(product: Product) -> str:
    """The product's page in the admin, which audit log entries link to."""
    return f"/admin/products/{product.slug}"


# --- create ---------------------------------------------------------------------------------


def create_product(
    product: Product, *, quantities: Mapping[str, int], now: datetime, by: str = SYSTEM_ACTOR
) -> None:
    """Save a new product with the initial stock of each SKU, in one transaction.

    Raises ``DuplicateProduct``, which says whether the slug or which SKUs are in use.
    """
    try:
        with retrying_transaction() as transaction:
            write_new_product(transaction, product, quantities=quantities, by=by, now=now)
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise
        raise duplicate_product(product, error) from error


def write_new_product(
    transaction: TransactWrite,
    product: Product,
    *,
    quantities: Mapping[str, int],
    by: str,
    now: datetime,
) -> None:
    """The writes fail by condition if the slug or a SKU is in use; see ``duplicate_product``."""
    product.item_id = product_key(product.slug)
    product.added_at = now
    product.position = product.position or int(now.timestamp())  # after all others
    transaction.save(product, condition=Product.item_id.does_not_exist())
    for variant in product.variants:
        quantity = quantities.get(variant.sku, 0)
        write_initial_stock(transaction, product, variant, quantity, now=now)
    record_change(transaction, f"Added {product.title}", path=admin_path(product), by=by, now=now)


def write_initial_stock(
    transaction: TransactWrite, product: Product, variant: Variant, quantity: int, *, now: datetime
) -> None:
    """Write the stock item of a new SKU, with its first ledger entry.

    The write fails by condition if the SKU has a stock item already.
    """
    stock = Stock(variant.sku, price=product.price_of(variant), on_sale=product.published)
    stock.available = stock.received = stock.first_units = quantity
    stock.created_at = now
    transaction.save(stock, condition=Stock.sku.does_not_exist())


def duplicate_product(product: Product, error: TransactWriteError) -> DuplicateProduct:
    """Read from the failed conditions, in order of the writes: product, then one for each SKU."""
    is_slug_taken, *stock_writes = failed_conditions(error)
    variants = zip(product.variants, stock_writes, strict=False)
    skus = tuple(variant.sku for variant, is_taken in variants if is_taken)
    return DuplicateProduct(product.slug if is_slug_taken else "", skus)


# --- update ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProductEdit:
    """New fields of a product. ``expected_version`` is the version that the merchant edited."""

    product: Product
    fields: ProductFields
    expected_version: int

    def __post_init__(self) -> None:
        """Raises ``ValidationFailed`` for an archived product that would be published."""
        if self.product.archived_at and self.fields.published:
            raise ValidationFailed(ARCHIVED, field="published")

    @property
    def changes(self) -> list[str]:
        """What would change, for the audit log: amounts with both values, texts by field name."""
        return [
            CHANGE_FORMATTERS.get(name, _field_name)(name, before, after)
            for name, after in vars(self.fields).items()
            if (before := getattr(self.product, name)) != after
        ]

    @cached_property
    def price_changes(self) -> dict[str, tuple[int, int]]:
        """The old and new price of each SKU whose price would change."""
        old = {it.sku: self.product.price_of(it) for it in self.product.variants}
        new = {it.sku: it.price or self.fields.price for it in self.fields.variants}
        return {sku: (old[sku], price) for sku, price in new.items() if price != old[sku]}

    @property
    def stock_prices(self) -> dict[str, int]:
        """The new price of each SKU whose stock item would be written."""
        if self.product.published != self.fields.published:
            return {it.sku: it.price or self.fields.price for it in self.fields.variants}
        return {sku: new for sku, (_, new) in self.price_changes.items()}


def update_product(
    product: Product, fields: ProductFields, *, expected_version: int, by: str, now: datetime
) -> None:
    """Save the fields, and the price and availability of the SKUs, in one transaction.

    Optimistic locking: the write succeeds only if the product still has ``expected_version``;
    otherwise ``EditConflict`` is raised. A repeat with the same fields changes nothing.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBMapper.OptimisticLocking.html
    """
    edit = ProductEdit(product, fields, expected_version)
    if not edit.changes:
        return
    with edit_transaction() as transaction:
        write_update(transaction, edit, by=by, now=now)


@contextmanager
def edit_transaction() -> Iterator[TransactWrite]:
    """A transaction that raises ``EditConflict`` when a condition fails."""
    try:
        with retrying_transaction() as transaction:
            yield transaction
    except TransactWriteError as error:
        if is_condition_failure(error):
            raise EditConflict from error
        raise


def write_update(
    transaction: TransactWrite,
    edit: ProductEdit,
    *,
    by: str,
    now: datetime,
    stock: Mapping[str, Stock] | None = None,
) -> None:
    """The writes fail by condition if the product no longer has the expected version.

    ``stock`` is that of its SKUs, if the caller has read it; else it is read.
    """
    product, fields = edit.product, edit.fields
    condition = has_version(edit.expected_version)
    transaction.update(product, actions=_update_actions(fields), condition=condition)
    if stock is None:
        stock = read_stock_consistently(edit.stock_prices)
    _update_stock(transaction, edit, stock)
    _record_prices(transaction, edit, by=by, now=now)
    summary = f"Changed {product.title}: {', '.join(edit.changes)}"
    record_change(transaction, summary, path=admin_path(product), by=by, now=now)


def has_version(expected_version: int) -> Condition:
    return Product.version == expected_version


def _update_actions(fields: ProductFields) -> list[Any]:
    """``None`` removes the attribute: PynamoDB cannot set an attribute to null."""
    actions: list[Any] = [Product.version.add(1)]
    for name, value in vars(fields).items():
        attribute = getattr(Product, name)
        actions.append(attribute.remove() if value is None else attribute.set(value))
    return actions


def _update_stock(
    transaction: TransactWrite, edit: ProductEdit, stock: Mapping[str, Stock]
) -> None:
    """Checkout is conditional on the price in the stock item, so both prices change together."""
    on_sale = Stock.on_sale.set(edit.fields.published)
    for sku, price in edit.stock_prices.items():
        update_shards(transaction, stock.get(sku, Stock(sku)), [Stock.price.set(price), on_sale])


def _record_prices(
    transaction: TransactWrite, edit: ProductEdit, *, by: str, now: datetime
) -> None:
    """The ledger has the new price, too, as far as the transaction has room: not that of the last
    three of fifty variants that change at once. The audit log has the change of all.
    """
    room = MAX_WRITES - OTHER_WRITES - len(edit.fields.variants)
    for sku, (old, new) in islice(edit.price_changes.items(), room):
        entry = LedgerEntry.of_merchant(sku, f"price#{ULID()}", "priced", now)
        entry.change = 0
        entry.note = _amount_change("price", old, new)
        entry.by = by
        transaction.save(entry)


def _amount_change(name: str, before: int | None, after: int | None) -> str:
    return f"{name.replace('_', ' ')} {_amount(before)} to {_amount(after)}"


def _amount(cents: int | None) -> str:
    return "none" if cents is None else format_money(cents)


def _field_name(name: str, _before: object, _after: object) -> str:
    return FIELD_NAMES.get(name, name)


def _variant_change(_name: str, before: Any, after: Any) -> str:
    old = {it.sku: it for it in before}
    return f"variants {', '.join(it.name for it in after if old.get(it.sku) != it)}"


def _publication_change(_name: str, _before: object, after: object) -> str:
    return "published" if after else "unpublished"


CHANGE_FORMATTERS: dict[str, Callable[[str, Any, Any], str]] = {
    "price": _amount_change,
    "compare_at": _amount_change,
    "published": _publication_change,
    "variants": _variant_change,
}
