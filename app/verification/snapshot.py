"""What an auditor is shown: the tables as they lie there, the other parties' books, the letters."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Literal

from boto3.dynamodb.types import TypeDeserializer

type Row = Mapping[str, Any]
type Rows = Sequence[Row]


@dataclass(frozen=True)
class Breach:
    """Something that does not hold: which invariant, of which order or sku, in plain words."""

    invariant: str  # as correctness calls it: M1, S1, E3 ...
    about: str
    says: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.about}: {self.says}"


@dataclass(frozen=True)
class Deed:
    """What a client did and was told: the shop's word, which its books must keep.

    ``key`` names a placing: all tries of one form bear the same. ``cart`` is visitor and version.
    """

    what: Literal["place", "cancel"]
    key: str
    answer: Literal["yes", "no", "unknown"]
    order_id: str = ""
    cart: str = ""


@dataclass(frozen=True)
class SentLetter:
    """A letter that has gone out, and the event that it was written about."""

    event_id: str
    to: str


@dataclass(frozen=True)
class Books:
    """All tables as plain rows, see ``plain``; what is None was not to be had.

    ``uploads`` and ``media`` are the keys that lie in the two buckets. ``queues`` has the messages
    of each queue, dead letters too, as their bodies; ``planted`` are messages that a test put there
    to be refused: the queue where they should end, and the body. ``prices`` has every price a sku
    ever had. ``may_repeat`` are the events whose worker died while it sent their letter: the one
    duplicate that nobody is promised to be spared. ``said`` are log lines.
    """

    orders: Rows = ()
    stock: Rows = ()
    ledger: Rows = ()
    sales: Rows = ()
    provider: Rows = ()
    carrier: Rows = ()
    catalog: Rows = ()
    letters: Sequence[SentLetter] | None = None
    uploads: frozenset[str] | None = None
    media: frozenset[str] | None = None
    queues: Mapping[str, Sequence[str]] | None = None
    planted: Sequence[tuple[str, str]] = ()
    history: Sequence[Deed] = ()
    prices: Mapping[str, frozenset[int]] | None = None
    may_repeat: frozenset[str] = frozenset()
    said: Sequence[str] = ()

    @cached_property
    def placed(self) -> Mapping[str, Row]:
        """The order rows by id."""
        return {row["order_id"]: row for row in self.orders if row["part"] == "order"}

    @cached_property
    def parts(self) -> Mapping[str, Rows]:
        """Every order's partition, under the order's id."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.orders:
            found[row["order_id"]].append(row)
        return found

    @cached_property
    def events(self) -> Mapping[str, Row]:
        """The event rows of all orders under their event's id."""
        rows = (row for row in self.orders if row["part"].startswith("event#"))
        return {body_of(row)["event_id"]: row for row in rows}

    @cached_property
    def entries(self) -> frozenset[tuple[str, str]]:
        """What the stock ledger has: sku and entry."""
        return frozenset((row["sku"], row["entry"]) for row in self.ledger)

    @cached_property
    def intents(self) -> Mapping[str, Rows]:
        """The provider's intents by order."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.provider:
            if row["entry"].startswith("intent#"):
                found[row["order_id"]].append(row)
        return found

    def charges(self, order_id: str) -> Rows:
        """What the provider took for an order."""
        return [it for it in self.intents.get(order_id, ()) if it["state"] == "captured"]

    def refunds(self, order_id: str) -> Rows:
        """What it gave back."""
        return [it for it in self.intents.get(order_id, ()) if it.get("refund_id")]


def plain(item: Mapping[str, Any]) -> Row:
    """A row as DynamoDB hands it over, ``{"total": {"N": "2450"}}``, as ``{"total": 2450}``."""
    read = TypeDeserializer().deserialize
    return {name: _whole(read(value)) for name, value in item.items()}


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, Decimal) else value


def lines_of(order: Row) -> Sequence[Row]:
    """An order's lines, which lie in its row as one JSON text."""
    lines: Sequence[Row] = _read(order["lines"])
    return lines


def body_of(event: Row) -> Row:
    body: Row = _read(event["body"])
    return body


@lru_cache(maxsize=10_000)
def _read(text: str) -> Any:
    return json.loads(text)


def ids(rows: Iterable[Row], name: str) -> str:
    """Some ids in one line, for a sentence."""
    return ", ".join(str(row[name]) for row in rows)
