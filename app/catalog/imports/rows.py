"""The rows of an import: a file of products, and what became of each piece in it.

An import is a partition of its own, as an order is: a row for each piece in the file, written in
the very transaction that adds or changes the piece. So a file that is read twice acts once.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from msgspec import Struct
from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from app.catalog.models import ShelfItem
from app.persistence.dynamodb import StructAttribute, WholeAttribute

INCOMING = "imports"
LARGEST_FILE = 2 * 2**20  # bytes
MOST_ROWS = 2_000
IMPORTS = "imports"
ARRIVES_WITHIN = timedelta(minutes=7)  # the upload form lasts five
DONE_WITHIN = timedelta(minutes=25)  # three tries of five minutes, the pauses, the upload

type Became = Literal["added", "changed", "unchanged", "wrong"]


class ImportState(StrEnum):
    WAITING = "waiting"  # asked for; no file has come yet, or nobody has looked at it
    WORKING = "working"
    DONE = "done"
    REFUSED = "refused"  # the file as a whole


class Import(ShelfItem, discriminator="import"):
    """One file. ``content`` and ``sequencer`` say which upload it is: the first one counts."""

    by = UnicodeAttribute()
    asked_at = UTCDateTimeAttribute()
    state = UnicodeAttribute(default=ImportState.WAITING)
    content = UnicodeAttribute(null=True)
    sequencer = UnicodeAttribute(null=True)
    rows = WholeAttribute(default=0)
    reason = UnicodeAttribute(null=True)
    settled_at = UTCDateTimeAttribute(null=True)

    @property
    def import_id(self) -> str:
        return str(self.entry)

    @property
    def settled(self) -> bool:
        return self.state in (ImportState.DONE, ImportState.REFUSED)

    def awaited(self, now: datetime) -> bool:
        """Whether something may still become of it."""
        patience = ARRIVES_WITHIN if self.state == ImportState.WAITING else DONE_WITHIN
        return not self.settled and now - self.asked_at < patience


class Wrong(Struct, frozen=True):
    """What is wrong in a row; ``column`` is "" when it is about the row as a whole."""

    row: int
    column: str
    message: str


class Told(Struct, frozen=True):
    """What became of the rows about one piece. ``slug`` is "" when no piece came of it."""

    rows: tuple[int, ...]
    title: str
    slug: str
    became: Became
    wrong: tuple[Wrong, ...] = ()


class Outcome(ShelfItem, discriminator="outcome"):
    """Told once for each piece in the file; there before it is the proof that it is done."""

    told = StructAttribute[Told](Told)


def outcome_of(import_id: str, told: Told) -> Outcome:
    return Outcome(f"import#{import_id}", f"row#{told.rows[0]:06}", told=told)


def import_key(import_id: str) -> str:
    return f"{INCOMING}/{import_id}"
