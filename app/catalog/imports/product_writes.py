"""Writing the products of a file with their results: several in one transaction, if all succeed.

A transaction of several products is cancelled as a whole. Each of them is then written alone, so
that a product that cannot be written does not prevent the others, and its result says why.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from app import clock
from app.catalog.imports.bulk_edits import parse_selected
from app.catalog.imports.models import (
    ImportJob,
    ImportOutcome,
    ImportResult,
    ProductResult,
    result_item,
)
from app.catalog.imports.parsing import InvalidRows, ProductRows, parse_product
from app.catalog.imports.results import is_saved, save_result, validation_errors
from app.catalog.product_fields import NewProduct
from app.catalog.products import (
    MAX_WRITES,
    OTHER_WRITES,
    ProductEdit,
    write_new_product,
    write_update,
)
from app.errors import Unavailable
from app.inventory.models import Stock
from app.inventory.reservations import read_stock_consistently
from app.persistence.dynamodb import is_condition_failure, retrying_transaction


@dataclass(frozen=True)
class ChangedProduct:
    """The rows of a product that would be created or changed, and the item of their result."""

    group: ProductRows
    parsed: ProductEdit | NewProduct
    item: ImportResult

    def writes(self, stock: Mapping[str, Stock]) -> int:
        """The number of items that a transaction of this product alone writes."""
        if isinstance(self.parsed, NewProduct):
            return OTHER_WRITES + len(self.parsed.product.variants)
        skus = self.parsed.stock_prices
        shards = sum(1 + (stock[sku].extra_shards if sku in stock else 0) for sku in skus)
        return OTHER_WRITES + shards + len(self.parsed.price_changes)


def process_products(
    job: ImportJob, groups: Sequence[ProductRows], errors: Mapping[int, str], *, now: datetime
) -> None:
    """Create or update the products, and save a result for each of them.

    ``errors`` are those of the SKUs, by row.
    """
    changed = [it for group in groups if (it := _parse(job, group, errors))]
    edits = [it.parsed for it in changed if isinstance(it.parsed, ProductEdit)]
    stock = read_stock_consistently(sku for edit in edits for sku in edit.stock_prices)
    for products in _transactions(changed, stock):
        if len(products) == 1:
            _write_alone(job, products[0], now, stock)
        elif not _write_together(job, products, stock, now):
            for product in products:
                _write_alone(job, product, now)


def _parse(job: ImportJob, group: ProductRows, errors: Mapping[int, str]) -> ChangedProduct | None:
    """``None`` if nothing is to be written; the result then says so."""
    try:
        parsed = parse_selected(group, job.change) if job.change else parse_product(group, errors)
    except InvalidRows as invalid:
        save_result(job, group, "invalid", invalid.errors)
        return None
    if isinstance(parsed, ProductEdit) and not parsed.changes:
        save_result(job, group, "unchanged")
        return None
    product = parsed.product
    outcome: ImportOutcome = "updated" if isinstance(parsed, ProductEdit) else "created"
    result = ProductResult(group.numbers, product.title, product.slug, outcome)
    return ChangedProduct(group, parsed, result_item(job.import_id, result))


def _transactions(
    products: Iterable[ChangedProduct], stock: Mapping[str, Stock]
) -> Iterator[list[ChangedProduct]]:
    """As many products for one transaction as it has room for, in order of the file."""
    together: list[ChangedProduct] = []
    room = MAX_WRITES
    for product in products:
        if together and product.writes(stock) > room:
            yield together
            together, room = [], MAX_WRITES
        together.append(product)
        room -= product.writes(stock)
    if together:
        yield together


def _write_together(
    job: ImportJob, products: Iterable[ChangedProduct], stock: Mapping[str, Stock], now: datetime
) -> bool:
    """``False`` if the transaction was cancelled, or two products would write the same item."""
    try:
        with retrying_transaction() as transaction:
            for product in products:
                _write(transaction, job, product, now, stock)
    except (TransactWriteError, Unavailable):
        return False
    return True


def _write_alone(
    job: ImportJob,
    product: ChangedProduct,
    now: datetime,
    stock: Mapping[str, Stock] | None = None,
) -> None:
    """Idempotent: a concurrent run of this import may have written the product first."""
    try:
        with retrying_transaction() as transaction:
            _write(transaction, job, product, now, stock)
    except TransactWriteError as error:
        if not is_condition_failure(error):
            raise
        if not is_saved(product.item):
            reasons = validation_errors(job, product.group, product.parsed, error)
            save_result(job, product.group, "invalid", reasons)


def _write(
    transaction: TransactWrite,
    job: ImportJob,
    product: ChangedProduct,
    now: datetime,
    stock: Mapping[str, Stock] | None = None,
) -> None:
    """The product and its result. ``stock`` is read if it is ``None``."""
    parsed = product.parsed
    if isinstance(parsed, ProductEdit):
        write_update(transaction, parsed, by=job.by, now=now, stock=stock)
    else:
        # A place of its own: the thousand new products of one invocation are added at one time.
        parsed.product.position = int(clock.now().timestamp())
        quantities = parsed.quantities
        write_new_product(transaction, parsed.product, quantities=quantities, by=job.by, now=now)
    transaction.save(product.item, condition=ImportResult.item_id.does_not_exist())
