"""DynamoDB items of CSV imports: one per file, and one result per product in a file.

The results of an import share a partition. Each is written in the transaction that creates or
updates the product, so a file that is processed twice has one effect.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from msgspec import Struct
from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from app.catalog.models import UPLOAD_TIMEOUT, CatalogItem
from app.persistence.dynamodb import IntegerAttribute, StructAttribute

UPLOAD_PREFIX = "imports"  # of the keys in the uploads bucket
MAX_FILE_BYTES = 2 * 2**20
MAX_ROWS = 2_000
IMPORTS_ID = "imports"  # the partition key of all import jobs
PROCESSING_TIMEOUT = timedelta(minutes=25)  # three attempts of five minutes, backoff, the upload

type ImportOutcome = Literal["created", "updated", "unchanged", "invalid"]


class ImportState(StrEnum):
    PENDING = "pending"  # no file has been processed yet
    PROCESSING = "processing"
    DONE = "done"
    REJECTED = "rejected"  # the file as a whole


class ImportJob(CatalogItem, discriminator="import"):
    """One file. ``content`` and ``sequencer`` identify the upload: only the first one counts.

    ``reason`` says why the file was rejected, and ``note`` what to check in one that was read.
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

    @property
    def import_id(self) -> str:
        return str(self.item_id)

    @property
    def is_finished(self) -> bool:
        return self.state in (ImportState.DONE, ImportState.REJECTED)

    def is_in_progress(self, now: datetime) -> bool:
        """Whether a result may still come; after the timeout the job counts as failed."""
        is_pending = self.state == ImportState.PENDING
        timeout = UPLOAD_TIMEOUT if is_pending else PROCESSING_TIMEOUT
        return not self.is_finished and now - self.requested_at < timeout


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
    return ImportResult(f"import#{import_id}", f"row#{result.rows[0]:06}", result=result)


def import_key(import_id: str) -> str:
    return f"{UPLOAD_PREFIX}/{import_id}"
