"""Publishing and archiving products: only published products are shown and can be ordered.

Archived products keep their page in the admin for their orders. One that was never ordered can also
be deleted. Its stock rows and ledger stay, so that the books add up: its SKUs are not used again.
"""

from collections.abc import Iterable
from datetime import datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from app.catalog.catalog_cache import CatalogEntry
from app.catalog.image_uploads import deleted_images
from app.catalog.models import Product
from app.catalog.products import ARCHIVED, admin_path, edit_transaction, has_version
from app.errors import Conflict
from app.inventory.models import Stock
from app.inventory.reservations import read_stock_consistently, update_all_shards
from app.persistence.audit_log import record_change
from app.persistence.dynamodb import is_condition_failure, retrying_transaction

NOT_ARCHIVED = "Archive this product first. Only archived products can be deleted."
WAS_ORDERED = "“{title}” cannot be deleted, because it has been ordered. It stays archived."
CHANGED = "“{title}” has just been changed or ordered. Check it, and try again."


def publish_product(product: Product, *, by: str, now: datetime) -> None:
    """Show the product to customers. A repeat only adds another audit log entry.

    Raises ``Conflict`` if the product is archived.
    """
    if product.archived_at:
        raise Conflict(ARCHIVED)
    with edit_transaction() as transaction:
        _set_published(transaction, product, published=True)
        _record(transaction, "Published", product, by=by, now=now)


def unpublish_product(product: Product, *, by: str, now: datetime) -> None:
    """Make the product a draft. From then on it cannot be ordered, not even from a cart.

    An archived product stays as it is: it is in the shop no more.
    """
    if product.archived_at:
        return
    with edit_transaction() as transaction:
        _set_published(transaction, product, published=False)
        _record(transaction, "Unpublished", product, by=by, now=now)


def _set_published(
    transaction: TransactWrite, product: Product, *others: Action, published: bool
) -> None:
    """Increments the version, so that an edit of the previous version does not revert this."""
    transaction.update(
        product,
        actions=[*others, Product.published.set(published), Product.version.add(1)],
        condition=Product.item_id.exists() & Product.archived_at.does_not_exist(),
    )
    skus = [variant.sku for variant in product.variants]
    update_all_shards(transaction, skus, [Stock.on_sale.set(published)])


def archive_product(product: Product, *, by: str, now: datetime) -> None:
    """Take the product out of the shop; it cannot be ordered any more. A repeat changes nothing."""
    if product.archived_at:
        return
    with edit_transaction() as transaction:
        archived = Product.archived_at.set(now)
        _set_published(transaction, product, archived, published=False)
        _record(transaction, "Archived", product, by=by, now=now)


def restore_product(product: Product, *, by: str, now: datetime) -> None:
    """Make an archived product a draft again. A repeat changes nothing."""
    if not product.archived_at:
        return
    with edit_transaction() as transaction:
        transaction.update(
            product,
            actions=[Product.archived_at.remove(), Product.version.add(1)],
            condition=Product.archived_at.exists(),
        )
        _record(transaction, "Restored", product, by=by, now=now)


def delete_product(entry: CatalogEntry, *, by: str, now: datetime) -> None:
    """Delete an archived product that was never ordered, and its images.

    The thumbnail worker deletes their files later. Raises ``Conflict``. The transaction checks that
    no order ever reserved a unit: an archived product is not on sale, so none can do so meanwhile.
    """
    product = entry.product
    if not product.archived_at:
        raise Conflict(NOT_ARCHIVED)
    stock = read_stock_consistently(variant.sku for variant in product.variants)
    if was_ordered(stock.values()):
        raise Conflict(WAS_ORDERED.format(title=product.title))
    try:
        with retrying_transaction() as transaction:
            transaction.delete(
                product, condition=has_version(product.version) & Product.archived_at.exists()
            )
            _delete_images(transaction, entry, now)
            _require_never_ordered(transaction, stock.values())
            _record(transaction, "Deleted", product, by=by, now=now)
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise
        raise Conflict(CHANGED.format(title=product.title)) from error


def _delete_images(transaction: TransactWrite, entry: CatalogEntry, now: datetime) -> None:
    for image in entry.images:
        transaction.delete(image)
    if entry.images:
        transaction.save(deleted_images(entry.product, entry.images, now=now))


def was_ordered(stock: Iterable[Stock]) -> bool:
    """Whether an order ever reserved units, even one that was declined or cancelled."""
    return any(row.ordered for item in stock for row in item.shards)


def _require_never_ordered(transaction: TransactWrite, stock: Iterable[Stock]) -> None:
    for row in (row for item in stock for row in item.shards):
        transaction.update(
            Stock(row.sku),
            actions=[Stock.on_sale.set(False)],
            condition=Stock.ordered.does_not_exist() & (Stock.on_sale == False),  # noqa: E712
        )


def _record(
    transaction: TransactWrite, verb: str, product: Product, *, by: str, now: datetime
) -> None:
    summary = f"{verb} {product.title}"
    record_change(transaction, summary, path=admin_path(product), by=by, now=now)
