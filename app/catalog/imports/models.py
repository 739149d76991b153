"""DynamoDB items of CSV imports: one per file, and one result per product in a file.

A bulk edit is an import whose file lists the selected products.

The results of an import share a partition. Each is written in the transaction that creates or
updates the product, so a file that is processed twice has one effect.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from msgspec import Struct
from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from app.catalog.bulk_edit import BulkChange
from app.catalog.models import UPLOAD_TIMEOUT, CatalogItem
from app.persistence.dynamodb import IntegerAttribute, StructAttribute

UPLOAD_PREFIX = "imports"  # of the keys in the uploads bucket
MAX_FILE_BYTES = 20 * 2**20
MAX_ROWS = 50_000
MAX_ROW_NUMBER = 9_999_999  # blank rows count
MAX_SELECTED = 50_000  # products of a bulk edit
IMPORTS_ID = "imports"  # the partition key of all import jobs
# Since the last checkpoint: three attempts of five minutes, backoff, the upload.
PROCESSING_TIMEOUT = timedelta(minutes=25)

# The columns of the export. Stock columns of existing products are read and ignored.
COLUMNS = (
    *("slug", "sku", "title", "variant", "colour", "category", "blurb", "details"),
    *("long_description", "tags", "materials", "price", "compare_at", "weight_g", "barcode"),
    *("published", "version", "available", "reserved", "sold"),
)
# A spreadsheet would convert some of these texts; barcodes have hyphens instead.
TEXT_COLUMNS = frozenset(
    {"slug", "sku", "title", "variant", "category", "blurb", "details", "long_description"}
    | {"tags", "materials"}
)

# The columns of the stock export. A row of the import has a count or a change.
STOCK_COLUMNS = ("sku", "product", "variant", "available", "count", "change", "stock_version")
MAX_COUNT = 1_000_000

type ImportOutcome = Literal["created", "updated", "unchanged", "invalid"]


class ImportState(StrEnum):
    PENDING = "pending"  # no file has been processed yet
    MAPPING = "mapping"  # the merchant has to say which column is which field
    CHECKING = "checking"  # the preview is being made
    PREVIEWED = "previewed"  # the merchant has to confirm the preview
    CONFIRMED = "confirmed"
    PROCESSING = "processing"
    DONE = "done"
    REJECTED = "rejected"  # the file as a whole


WAITING = (ImportState.MAPPING, ImportState.PREVIEWED)  # for the merchant
MAX_SHOWN = 10  # products of each outcome in a preview
MAX_LISTED_IMAGES = 500


class SourceColumn(Struct, frozen=True):
    """A column of another program's file, with its first values and the field it likely is."""

    index: int
    heading: str
    samples: tuple[str, ...]
    field: str


class ColumnMapping(Struct, frozen=True):
    """Which column is which field: ``fields`` by column number. Others are left out.

    ``category`` is that of products without one. New products get the stock of the file only if
    ``include_stock`` is set.
    """

    fields: dict[int, str]
    has_headings: bool
    include_stock: bool
    category: str


class PreviewedProduct(Struct, frozen=True):
    """What the import would do with one product, and why not."""

    result: "ProductResult"
    changes: tuple[str, ...] = ()


class Preview(Struct, frozen=True):
    """Rows by outcome, the first products of each, and how many images are left out."""

    rows: dict[str, int]
    products: tuple[PreviewedProduct, ...]
    images: int = 0


class ImportJob(CatalogItem, discriminator="import"):
    """One file. ``content`` and ``sequencer`` identify the upload: only the first one counts.

    ``reason`` says why the file was rejected, and ``note`` what to check in one that was read.
    The file of another program has ``columns``, the merchant's ``mapping`` and its ``preview``,
    and ``images`` are the addresses of the first images, which are not fetched. A bulk edit has the
    ``change`` of the selected products, which its file lists. ``counts`` are the rows by outcome up
    to the row ``checkpoint``.
    """

    by = UnicodeAttribute()
    requested_at = UTCDateTimeAttribute()
    state = UnicodeAttribute(default=ImportState.PENDING)
    content = UnicodeAttribute(null=True)
    sequencer = UnicodeAttribute(null=True)
    rows = IntegerAttribute(default=0)
    reason = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)
    finished_at = UTCDateTimeAttribute(null=True)
    source = UnicodeAttribute(null=True)
    columns = StructAttribute[tuple[SourceColumn, ...]](tuple[SourceColumn, ...], default=())
    mapping = StructAttribute[ColumnMapping](ColumnMapping, null=True)
    preview = StructAttribute[Preview](Preview, null=True)
    images = StructAttribute[tuple[str, ...]](tuple[str, ...], default=())
    change = StructAttribute[BulkChange](BulkChange, null=True)
    checkpoint = IntegerAttribute(default=0)
    counts = StructAttribute[dict[str, int]](dict[str, int], default=dict)
    checkpoint_at = UTCDateTimeAttribute(null=True)
    continued_at = UTCDateTimeAttribute(null=True)  # the merchant's newest mapping or confirmation

    @property
    def import_id(self) -> str:
        return str(self.item_id)

    @property
    def is_finished(self) -> bool:
        return self.state in (ImportState.DONE, ImportState.REJECTED)

    @property
    def mapping_id(self) -> str:
        """Identifies the mapping that a preview was made with."""
        return self.continued_at.isoformat() if self.continued_at else ""

    @property
    def waits_for_merchant(self) -> bool:
        return self.state in WAITING

    def is_in_progress(self, now: datetime) -> bool:
        """Whether a result may still come; after the timeout the job counts as failed."""
        is_pending = self.state == ImportState.PENDING
        timeout = UPLOAD_TIMEOUT if is_pending else PROCESSING_TIMEOUT
        times = (self.requested_at, self.continued_at, self.checkpoint_at)
        since = max(it for it in times if it)
        return not self.is_finished and not self.waits_for_merchant and now - since < timeout


class RowError(Struct, frozen=True):
    """An error in a row; ``column`` is "" if the error is about the whole row."""

    row: int
    column: str
    message: str


class ProductResult(Struct, frozen=True):
    """The result for one product and its rows; ``slug`` is "" if the product does not exist."""

    rows: tuple[int, ...]
    title: str
    slug: str
    outcome: ImportOutcome
    errors: tuple[RowError, ...] = ()


class ImportResult(CatalogItem, discriminator="import_result"):
    """Written once for each product in the file; its existence proves that the product is done."""

    result = StructAttribute[ProductResult](ProductResult)


def result_item(import_id: str, result: ProductResult) -> ImportResult:
    return ImportResult(f"import#{import_id}", result_key(result.rows[0]), result=result)


def result_key(row: int) -> str:
    return f"row#{row:07}"


def import_key(import_id: str) -> str:
    return f"{UPLOAD_PREFIX}/{import_id}"


def continuation_key(import_id: str) -> str:
    """An empty object whose notification starts the next step after the merchant's choice."""
    return f"{UPLOAD_PREFIX}/{import_id}/continue"
