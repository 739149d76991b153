"""The data that the verifier checks: all table rows, the providers' records and the sent emails."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any, Literal

type Row = Mapping[str, Any]
type Rows = Sequence[Row]

ORDER_KINDS = "order event payment webhook review timeline note return processed email"
CATALOG_KINDS = "product image deleted_images import import_result discount customer_redemptions"
COUNTED = "processed#analytics#"
KNOWN_KINDS = frozenset(f"{ORDER_KINDS} {CATALOG_KINDS}".split())


@dataclass(frozen=True)
class Violation:
    """A rule that does not hold: its code (M1, S1, E3 ...), an order or SKU, and a message."""

    rule: str
    subject: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule} {self.subject}: {self.message}"


@dataclass(frozen=True)
class RecordedResponse:
    """What a client requested and what the application answered, which the data must match.

    ``key`` identifies a checkout form: all submits of one form have the same key. ``cart`` is the
    visitor and the cart's version. ``existed`` is whether there was such an order before the
    application decided. ``street`` is that of the submitted address.
    """

    action: Literal["place", "cancel"]
    key: str
    outcome: Literal["accepted", "refused", "unknown"]
    order_id: str = ""
    cart: str = ""
    existed: bool = False
    street: str = ""


@dataclass(frozen=True)
class SentEmail:
    """An email that was sent, and the event that it is about."""

    event_id: str
    to: str


@dataclass(frozen=True)
class Snapshot:
    """All tables as rows of Python values, read at one moment; ``None`` means not readable.

    - ``has_all_orders`` is False if ``orders``, ``provider``, ``carrier`` and ``ledger`` have the
      rows of some orders only.
    - ``whole_ledgers`` are then the SKUs whose ledger is complete, for a comparison with the stock.
    - ``whole_days`` are the days (ISO dates) whose orders are then all known.
    - ``waiting`` are the consumers whose queue is not empty: an event may still be processed.
    - ``time_zone`` is the IANA name of the shop's time zone.
    - ``uploads`` and ``media`` are the object keys of the two buckets.
    - ``queues`` has the message bodies of each queue, dead-letter queues included.
    - ``poison_messages`` are unreadable or invented messages, sent on purpose: the queue in which
      they must end, and the body.
    - ``prices`` has every price that a SKU ever had.
    - ``may_duplicate`` are events whose email worker crashed while it sent. This is the only
      duplicate that the application does not prevent.
    """

    orders: Rows = ()
    stock: Rows = ()
    ledger: Rows = ()
    sales: Rows = ()
    provider: Rows = ()
    carrier: Rows = ()
    catalog: Rows = ()
    time_zone: str = "Europe/Berlin"
    has_all_orders: bool = True
    whole_ledgers: frozenset[str] = frozenset()
    whole_days: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    emails: Sequence[SentEmail] | None = None
    uploads: frozenset[str] | None = None
    media: frozenset[str] | None = None
    queues: Mapping[str, Sequence[str]] | None = None
    poison_messages: Sequence[tuple[str, str]] = ()
    responses: Sequence[RecordedResponse] = ()
    prices: Mapping[str, frozenset[int]] | None = None
    may_duplicate: frozenset[str] = frozenset()
    log_lines: Sequence[str] = ()

    @cached_property
    def orders_by_id(self) -> Mapping[str, Row]:
        """The order rows, without the other rows of their partitions."""
        return {row["order_id"]: row for row in self.orders if row["part"] == "order"}

    @cached_property
    def rows_by_order(self) -> Mapping[str, Rows]:
        """All rows of each order's partition, by order id."""
        rows: dict[str, list[Row]] = defaultdict(list)
        for row in self.orders:
            rows[row["order_id"]].append(row)
        return rows

    @cached_property
    def events(self) -> Mapping[str, Row]:
        """The event rows of all orders, by event id."""
        rows = (row for row in self.orders if row["part"].startswith("event#"))
        return {event_id_of(row): row for row in rows}

    def events_of(self, order_id: str, type_: str) -> Rows:
        """The order's event rows of one type."""
        rows = self.rows_by_order.get(order_id, ())
        return [it for it in rows if it["part"].startswith("event#") and it["type"] == type_]

    def has_whole_ledger(self, sku: str) -> bool:
        return self.has_all_orders or sku in self.whole_ledgers

    @cached_property
    def ledger_keys(self) -> frozenset[tuple[str, str]]:
        """SKU and entry key of each row of the stock ledger, without the time of an order's."""
        return frozenset((row["sku"], _without_time(row)) for row in self.ledger)

    @cached_property
    def ledger_entries(self) -> frozenset[tuple[str, str]]:
        """SKU and entry key of each row of the stock ledger."""
        return frozenset((row["sku"], row["entry"]) for row in self.ledger)

    @cached_property
    def counted_events(self) -> frozenset[str]:
        """The ids of the events that analytics has counted: each one's fact is its record.

        Earlier versions wrote a row for it in the order's partition as well.
        """
        facts = (row["entry"] for row in self.sales if is_fact(row))
        parts = (row["part"] for row in self.orders)
        marked = (it.removeprefix(COUNTED) for it in parts if it.startswith(COUNTED))
        return frozenset((*facts, *marked))

    @cached_property
    def intents_by_order(self) -> Mapping[str, Rows]:
        """The provider's payment intents, by order id."""
        rows: dict[str, list[Row]] = defaultdict(list)
        for row in self.provider:
            if row["record_id"].startswith("intent#"):
                rows[row["order_id"]].append(row)
        return rows

    def charges(self, order_id: str) -> Rows:
        """The order's captured payments."""
        intents = self.intents_by_order.get(order_id, ())
        return [intent for intent in intents if intent["state"] == "captured"]

    def refunds(self, order_id: str) -> Rows:
        """The order's payments of which something was refunded."""
        intents = self.intents_by_order.get(order_id, ())
        return [intent for intent in intents if refunds_of(intent)]

    def provider_refunds(self, order_id: str) -> Rows:
        """All refunds of the order's payments, as the provider recorded them."""
        intents = self.intents_by_order.get(order_id, ())
        return [refund for intent in intents for refund in refunds_of(intent)]


def leave_out_newer(rows: Iterable[Row]) -> Iterator[Row]:
    """Tolerant reader: rows of a kind that only newer code knows are left out after a rollback."""
    return (row for row in rows if row.get("kind") is None or row["kind"] in KNOWN_KINDS)


def is_fact(sales_row: Row) -> bool:
    """Whether a row of the sales table is the fact of one event, not the sums of an hour."""
    return "#" in sales_row["period"]


def refunds_of(intent: Row) -> Sequence[Row]:
    """The refunds of a payment, which the provider's row holds as JSON."""
    refunds: Sequence[Row] = _parse(intent.get("refunds") or "[]")
    return refunds


def refunded_of(intent: Row) -> int:
    """How many cents of a payment were refunded in all."""
    return sum(int(refund["amount"]) for refund in refunds_of(intent))


def lines_of(order: Row) -> Sequence[Row]:
    """The lines of an order or of a return, which its row holds as JSON."""
    lines: Sequence[Row] = _parse(order["lines"])
    return lines


def address_of(order: Row) -> Row:
    """The delivery address of an order, which its row holds as JSON."""
    address: Row = _parse(order["address"])
    return address


def ledger_time(event: Row) -> str:
    """The time of an event, as it begins the keys of its ledger entries."""
    occurred_at = datetime.fromisoformat(event["occurred_at"]).astimezone(UTC)
    return f"{occurred_at:%Y-%m-%dT%H:%M:%S.%f%z}"


def _without_time(entry: Row) -> str:
    key: str = entry["entry"]
    return key.partition("#")[2] if entry.get("order_id") else key


def event_id_of(event: Row) -> str:
    """The id of an event, from the key of its row: the body may be damaged."""
    return f"{event['order_id']}-{event['part'].split('#')[1]}"


def body_of(event: Row) -> Row:
    """The body of an event, which its row holds as JSON; empty if it is damaged."""
    try:
        body: Row = _parse(event["body"])
    except ValueError:
        return {}
    return body


@lru_cache(maxsize=10_000)
def _parse(text: str) -> Any:
    return json.loads(text)


def join_ids(rows: Iterable[Row], name: str) -> str:
    """The values of one attribute, separated by commas."""
    return ", ".join(str(row[name]) for row in rows)
