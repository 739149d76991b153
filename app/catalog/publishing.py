"""Putting products on the shelf, with their stock and their pictures, and taking them off it."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite
from ulid import ULID

from app.catalog.catalog_cache import HOME, Piece
from app.catalog.image_uploads import ask_for
from app.catalog.models import Picture, Product, product_key
from app.errors import Conflict, Unacceptable
from app.inventory.models import LedgerEntry, Stock
from app.inventory.reservations import change_every_drawer
from app.persistence.audit_log import THE_SHOP, note_change
from app.persistence.dynamodb import refused_by_condition, refused_writes, writing_together

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_SLUG = 60
NOT_SLUGS = frozenset({HOME, "new"})  # the home page's pictures, and the form for a new product
MOST_PICTURES = 12


class Taken(Conflict):
    """Another product has this slug, or some of these skus, or both."""

    def __init__(self, slug: str, skus: tuple[str, ...]) -> None:
        super().__init__("Another product has this address or one of these skus already.")
        self.slug, self.skus = slug, skus


def slug_of(title: str) -> str:
    """The address a title suggests: "Große Vase, No. 2" gives "grosse-vase-no-2"."""
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:LONGEST_SLUG].strip("-")


def check_slug(slug: str) -> str:
    """Raises ``ValueError`` for what cannot be part of an address, or means something else."""
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise ValueError(f"Small letters, digits and single hyphens, at most {LONGEST_SLUG}.")
    if slug in NOT_SLUGS:
        raise ValueError("The shop needs this address for itself.")
    return slug


def add_product(
    product: Product, *, pieces: Mapping[str, int], now: datetime, by: str = THE_SHOP
) -> None:
    """Add a new product with so many pieces of each sku, all of it or nothing.

    Raises ``Taken``, which says whether it is about the slug or which of the skus.
    """
    try:
        with writing_together() as transaction:
            write_product(transaction, product, pieces=pieces, by=by, now=now)
    except TransactWriteError as error:
        if not refused_by_condition(error):
            raise
        raise taken_by(product, error) from error


def write_product(
    transaction: TransactWrite,
    product: Product,
    *,
    pieces: Mapping[str, int],
    by: str,
    now: datetime,
) -> None:
    """Refused by a condition when another has its address or one of its skus: see ``taken_by``."""
    product.entry = product_key(product.slug)
    product.added_at = now
    transaction.save(product, condition=Product.entry.does_not_exist())
    for variant in product.variants:
        write_stock(transaction, product, variant.sku, pieces.get(variant.sku, 0), now=now)
    note_change(transaction, f"Added {product.title}", where=_at_desk(product), by=by, now=now)


def write_stock(
    transaction: TransactWrite, product: Product, sku: str, count: int, *, now: datetime
) -> None:
    """The first pieces of a sku, priced and on sale as its product is; refused if it has a row."""
    stock = Stock(sku, price=product.price, on_sale=product.listed)
    stock.available = stock.received = count
    entry = LedgerEntry(sku, "delivery#first", reason="received", change=count, at=now)
    transaction.save(stock, condition=Stock.sku.does_not_exist())
    transaction.save(entry)


def _at_desk(product: Product) -> str:
    return f"/desk/products/{product.slug}"


def taken_by(product: Product, error: TransactWriteError) -> Taken:
    """The puts come as they were added: the product, two rows for each sku, then anything else."""
    of_product, *others = refused_writes(error)
    of_stock = zip(product.variants, others[::2], strict=False)
    skus = tuple(variant.sku for variant, taken in of_stock if taken)
    return Taken(product.slug if of_product else "", skus)


def show_product(product: Product, *, by: str, now: datetime) -> None:
    """Put it on the shelf; a repeat is only noted once more."""
    with writing_together() as transaction:
        _list(transaction, product, listed=True)
        what = f"Put {product.title} on the shelf"
        note_change(transaction, what, where=_at_desk(product), by=by, now=now)


def hide_product(product: Product, *, by: str, now: datetime) -> None:
    """Take it off the shelf: from this moment on nobody can order it."""
    with writing_together() as transaction:
        _list(transaction, product, listed=False)
        what = f"Took {product.title} off the shelf"
        note_change(transaction, what, where=_at_desk(product), by=by, now=now)


def _list(transaction: TransactWrite, product: Product, *, listed: bool) -> None:
    """A new version, so that an edit begun before this does not undo it unseen."""
    transaction.update(
        product,
        actions=[Product.listed.set(listed), Product.version.add(1)],
        condition=Product.entry.exists(),
    )
    skus = [variant.sku for variant in product.variants]
    change_every_drawer(transaction, skus, [Stock.on_sale.set(listed)])


def ask_for_another(piece: Piece, alt: str, *, now: datetime) -> Picture:
    """Expect a picture that this product has not had; its id is new in the whole shop."""
    if len(piece.pictures) >= MOST_PICTURES:
        raise Unacceptable(f"A piece has at most {MOST_PICTURES} pictures.", field="alt")
    return ask_for(piece.product.slug, str(ULID()).lower(), alt, now=now)
