"""The order of the products that merchants chose: in the product list, and on the home page.

Products are sorted by ``position``, and the first ones are the featured products of the home page.
A new product comes last: its position is the second in which it was added, far above the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from app.catalog.catalog_cache import Catalog, CatalogEntry
from app.catalog.models import Product
from app.catalog.products import admin_path
from app.errors import NotFound
from app.persistence.audit_log import record_change
from app.persistence.dynamodb import retrying_transaction

GAP = 1_000  # between renumbered positions: the next products between them need no renumbering
BATCH_SIZE = 50


@dataclass(frozen=True)
class Move:
    """A product's new place in the list of a category, or of all products for ""; 1 is the first.

    A place past the end is the last.
    """

    slug: str
    place: int
    category: str = ""


def products_in(catalog: Catalog, category: str) -> tuple[CatalogEntry, ...]:
    """The products of a category in their order, drafts too; of "" all."""
    entries = catalog.entries
    return tuple(it for it in entries if not category or it.product.category == category)


def move_product(catalog: Catalog, move: Move, *, by: str, now: datetime) -> None:
    """Move a product. A repeat changes nothing. Raises ``NotFound`` if it is not in the list.

    Usually this writes one product; all are renumbered when no number is free between its new
    neighbours. Two moves at once are both done, and the later one wins.
    """
    order = [entry.product for entry in products_in(catalog, move.category)]
    product = next((it for it in order if it.slug == move.slug), None)
    if product is None:
        raise NotFound("This product is not in the list.")
    others = [it for it in order if it is not product]
    index = min(max(move.place, 1), len(order)) - 1
    if order[index] is product:
        return
    if not _has_room(others, index):
        _renumber([entry.product for entry in catalog.entries])
    action = Product.position.set(_between(others, index))
    summary = f"Moved {product.title} to place {index + 1}"
    with retrying_transaction() as transaction:
        transaction.update(product, actions=[action])
        record_change(transaction, summary, path=admin_path(product), by=by, now=now)


def _has_room(others: Sequence[Product], index: int) -> bool:
    is_inside = 0 < index < len(others)
    return not is_inside or int(others[index].position) - int(others[index - 1].position) > 1


def _between(others: Sequence[Product], index: int) -> int:
    before = int(others[index - 1].position) if index else int(others[0].position) - 2 * GAP
    after = int(others[index].position) if index < len(others) else before + 2 * GAP
    return (before + after) // 2


def _renumber(products: Sequence[Product]) -> None:
    """Number all products with gaps, in the same order."""
    for number, product in enumerate(products, 1):
        product.position = number * GAP
    for batch in batched(products, BATCH_SIZE):
        with retrying_transaction() as transaction:
            for product in batch:
                transaction.update(product, actions=[Product.position.set(product.position)])
