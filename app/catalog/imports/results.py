"""Results of an import: what happened to each product of the file, saved once."""

from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError

from app.catalog.imports.bulk_edits import CHANGED
from app.catalog.imports.models import (
    ImportJob,
    ImportOutcome,
    ImportResult,
    ProductResult,
    RowError,
    result_item,
)
from app.catalog.imports.parsing import IN_USE, ProductRows, sku_of
from app.catalog.product_fields import NewProduct
from app.catalog.products import ProductEdit, duplicate_product
from app.persistence.dynamodb import is_condition_failure

MAX_ERRORS = 100  # reported for one product, whose result has to fit one DynamoDB item
EDIT_CONFLICT = (
    "This product has changed since the file was exported. Export it again, or empty the cell "
    "“version” to overwrite the change."
)


def validation_errors(
    job: ImportJob,
    group: ProductRows,
    parsed: ProductEdit | NewProduct,
    error: TransactWriteError,
) -> tuple[RowError, ...]:
    """Read from the failed conditions what another product, or a newer version, prevents."""
    first = group.numbers[0]
    if isinstance(parsed, ProductEdit):
        message = CHANGED if job.change else EDIT_CONFLICT
        return (RowError(first, "version", message),)
    duplicate = duplicate_product(parsed.product, error)
    errors = [RowError(first, "slug", IN_USE)] if duplicate.slug else []
    errors += [
        RowError(row.number, "sku", IN_USE) for row in group.rows if sku_of(row) in duplicate.skus
    ]
    return tuple(errors)


def is_saved(item: ImportResult) -> bool:
    """Whether a concurrent run of this import has saved this result first."""
    try:
        ImportResult.get(item.catalog_id, item.item_id, consistent_read=True)
    except DoesNotExist:
        return False
    return True


def save_result(
    job: ImportJob,
    group: ProductRows,
    outcome: ImportOutcome,
    errors: tuple[RowError, ...] = (),
) -> None:
    """A repeat changes nothing: a concurrent run of this import may have been first."""
    slug = group.product.slug if group.product else ""
    save_item(job, ProductResult(group.numbers, group.title, slug, outcome, errors[:MAX_ERRORS]))


def save_item(job: ImportJob, result: ProductResult) -> None:
    """A repeat changes nothing."""
    try:
        result_item(job.import_id, result).save(ImportResult.item_id.does_not_exist())
    except PutError as error:
        if not is_condition_failure(error):
            raise
