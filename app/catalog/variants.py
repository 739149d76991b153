"""Giving a product another variant: its sku with its stock, in one moment or not at all."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from app.catalog.models import Product, Variant
from app.catalog.product_drafts import MOST_VARIANTS, ONLY_ONE, VARIANT
from app.catalog.products import ChangedMeanwhile, as_seen
from app.catalog.publishing import write_stock
from app.errors import Conflict
from app.form_fields import Reader, Typed, line, read_fields
from app.persistence.audit_log import note_change
from app.persistence.dynamodb import refused_by_condition, refused_writes, writing_together


class SkuTaken(Conflict):
    """Another product has this sku already, or had it once."""

    def __init__(self) -> None:
        super().__init__("Another piece has this one already.")


@dataclass(frozen=True)
class Extension:
    """Another variant, with so many pieces; and what the one that was alone is called from now."""

    variant: Variant
    pieces: int
    first_name: str = ""


def read_extension(product: Product, typed: Typed) -> Extension:
    """Raises ``WrongFields`` with everything that is wrong, at once."""
    readers: dict[str, Reader] = {**VARIANT}
    if is_alone(product):
        readers["first_name"] = line
    read = read_fields(readers, typed)
    variant = Variant(read["sku"], read["name"], read["swatch"])
    return Extension(variant, read["pieces"], read.get("first_name", ""))


def is_alone(product: Product) -> bool:
    """Its only variant has no name that shoppers would read."""
    return [variant.name for variant in product.variants] == [ONLY_ONE]


def extend(product: Product, wanted: Extension, *, by: str, now: datetime) -> None:
    """Pressed twice it is added once. Raises ``SkuTaken``, or ``ChangedMeanwhile``."""
    if wanted.variant.sku in [variant.sku for variant in product.variants]:
        return
    if len(product.variants) >= MOST_VARIANTS:
        raise Conflict(f"A piece has at most {MOST_VARIANTS} variants.")
    try:
        with writing_together() as transaction:
            write_stock(transaction, product, wanted.variant.sku, wanted.pieces, now=now)
            _write_variants(transaction, product, wanted)
            what = f"Added {wanted.variant.name} ({wanted.variant.sku}) to {product.title}"
            note_change(transaction, what, where=f"/desk/products/{product.slug}", by=by, now=now)
    except TransactWriteError as error:
        if not refused_by_condition(error):
            raise
        raise (SkuTaken if refused_writes(error)[0] else ChangedMeanwhile)() from error


def _write_variants(transaction: TransactWrite, product: Product, wanted: Extension) -> None:
    """The version too: price and shelf of the new sku are those of the product as it was read."""
    before = product.variants
    if is_alone(product):
        before = (replace(before[0], name=wanted.first_name),)
    transaction.update(
        product,
        actions=[Product.variants.set((*before, wanted.variant)), Product.version.add(1)],
        condition=as_seen(product.version) & (Product.variants == product.variants),
    )
