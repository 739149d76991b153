"""Adding a variant to a product, together with the stock item of its SKU."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from app.catalog.models import DEFAULT_VARIANT, Product, Variant
from app.catalog.product_fields import LABELS, MAX_VARIANTS, VARIANT_READERS
from app.catalog.products import EditConflict, admin_path, has_version, write_initial_stock
from app.errors import Conflict
from app.form_fields import Reader, Submitted, read_fields, read_line
from app.persistence.audit_log import record_change
from app.persistence.dynamodb import (
    failed_conditions,
    is_condition_failure,
    retrying_transaction,
)


class DuplicateSku(Conflict):
    """Another product has this SKU, or had it once."""

    def __init__(self) -> None:
        super().__init__("Enter a different SKU: another product has this one.")


@dataclass(frozen=True)
class NewVariant:
    """A variant to add, with its initial stock.

    ``first_name`` names the existing variant, if it was the only one and needed no name so far.
    """

    variant: Variant
    quantity: int
    first_name: str = ""


def read_new_variant(product: Product, submitted: Submitted) -> NewVariant:
    """Raise ``ValidationFailed`` with every error at once."""
    readers: dict[str, Reader] = {**VARIANT_READERS}
    if has_only_default_variant(product):
        readers["first_name"] = read_line
    values = read_fields(readers, submitted, LABELS)
    variant = Variant(values["sku"], values["name"], values["swatch"])
    return NewVariant(variant, values["quantity"], values.get("first_name", ""))


def has_only_default_variant(product: Product) -> bool:
    """Whether the product has one variant, whose name customers do not see."""
    return [variant.name for variant in product.variants] == [DEFAULT_VARIANT]


def add_variant(product: Product, new: NewVariant, *, by: str, now: datetime) -> None:
    """Add the variant. A repeat changes nothing. Raises ``DuplicateSku`` or ``EditConflict``."""
    if new.variant.sku in [variant.sku for variant in product.variants]:
        return
    if len(product.variants) >= MAX_VARIANTS:
        raise Conflict(f"A product has at most {MAX_VARIANTS} variants.")
    try:
        with retrying_transaction() as transaction:
            write_initial_stock(transaction, product, new.variant.sku, new.quantity, now=now)
            _write_variants(transaction, product, new)
            summary = f"Added {new.variant.name} ({new.variant.sku}) to {product.title}"
            record_change(transaction, summary, path=admin_path(product), by=by, now=now)
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise
        raise (DuplicateSku if failed_conditions(error)[0] else EditConflict)() from error


def _write_variants(transaction: TransactWrite, product: Product, new: NewVariant) -> None:
    """Conditional on the version: the new stock item repeats the price that was read."""
    before = product.variants
    if has_only_default_variant(product):
        before = (replace(before[0], name=new.first_name),)
    transaction.update(
        product,
        actions=[Product.variants.set((*before, new.variant)), Product.version.add(1)],
        condition=has_version(product.version) & (Product.variants == product.variants),
    )
