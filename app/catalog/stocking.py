"""Putting products on the shelf: the product and the stock rows of its skus appear together."""

from collections.abc import Mapping
from datetime import datetime

from pynamodb.exceptions import TransactWriteError

from app.catalog.models import Product, product_key
from app.errors import Conflict
from app.inventory.models import LedgerEntry, Stock
from app.tables import refused_by_condition, writing_together


def add_product(product: Product, *, pieces: Mapping[str, int], now: datetime) -> None:
    """List a new product with so many pieces of each sku, all of it or nothing.

    Raises ``Conflict`` when the slug or one of the skus is taken.
    """
    product.entry = product_key(product.slug)
    product.added_at = now
    try:
        with writing_together() as transaction:
            transaction.save(product, condition=Product.entry.does_not_exist())
            for variant in product.variants:
                count = pieces.get(variant.sku, 0)
                transaction.save(
                    Stock(variant.sku, price=product.price, available=count, received=count),
                    condition=Stock.sku.does_not_exist(),
                )
                transaction.save(
                    LedgerEntry(
                        variant.sku, "delivery#first", reason="received", change=count, at=now
                    )
                )
    except TransactWriteError as error:
        if refused_by_condition(error):
            raise Conflict(
                "This address or one of these skus is taken by another product."
            ) from error
        raise
