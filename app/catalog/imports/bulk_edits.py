"""The rows of a bulk edit: the file lists the selected products, the job's row has the change.

The import worker does both, so that a bulk edit has the same progress page and resumes in the same
way after a crash.
"""

from app.catalog.bulk_edit import BulkChange, DoesNotFit
from app.catalog.imports.models import RowError
from app.catalog.imports.parsing import InvalidRows, ProductRows
from app.catalog.products import ProductEdit

DELETED = "This product was deleted since you selected it."
CHANGED = (
    "Another merchant has changed this product since you selected it. "
    "Check it, and select it again."
)


def parse_selected(group: ProductRows, change: BulkChange) -> ProductEdit:
    """The edit of a selected product; raises ``InvalidRows``."""
    first = group.rows[0]
    if group.product is None:
        raise InvalidRows([RowError(first.number, "slug", DELETED)])
    try:
        return change.edit_of(group.product, expected_version=int(first.cells["version"]))
    except DoesNotFit as error:
        raise InvalidRows([RowError(first.number, "", f"The product {error}.")]) from error
