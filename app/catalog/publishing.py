"""Publishing and unpublishing products: only published products are shown and can be ordered."""

from datetime import datetime

from pynamodb.transactions import TransactWrite

from app.catalog.models import Product
from app.catalog.products import ARCHIVED, admin_path, edit_transaction
from app.errors import Conflict
from app.inventory.models import Stock
from app.inventory.reservations import update_all_shards
from app.persistence.audit_log import record_change


def publish_product(product: Product, *, by: str, now: datetime) -> None:
    """Show the product to customers. A repeat only adds another audit log entry.

    Raises ``Conflict`` if the product is archived.
    """
    if product.archived_at:
        raise Conflict(ARCHIVED)
    with edit_transaction() as transaction:
        _set_published(transaction, product, published=True)
        summary = f"Published {product.title}"
        record_change(transaction, summary, path=admin_path(product), by=by, now=now)


def unpublish_product(product: Product, *, by: str, now: datetime) -> None:
    """Make the product a draft. From then on it cannot be ordered, not even from a cart.

    An archived product stays as it is: it is in the shop no more.
    """
    if product.archived_at:
        return
    with edit_transaction() as transaction:
        _set_published(transaction, product, published=False)
        summary = f"Unpublished {product.title}"
        record_change(transaction, summary, path=admin_path(product), by=by, now=now)


def _set_published(transaction: TransactWrite, product: Product, *, published: bool) -> None:
    """Increments the version, so that an edit of the previous version does not revert this."""
    transaction.update(
        product,
        actions=[Product.published.set(published), Product.version.add(1)],
        condition=Product.item_id.exists() & Product.archived_at.does_not_exist(),
    )
    skus = [variant.sku for variant in product.variants]
    update_all_shards(transaction, skus, [Stock.on_sale.set(published)])
