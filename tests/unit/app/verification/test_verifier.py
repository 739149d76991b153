"""The auditor finds each kind of breach, names it, and finds nothing where nothing is wrong."""

import ast
from collections.abc import Callable
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer

from app.verification import Deed, SentLetter, at_any_time, at_rest, plain, told
from infra.build.bundles import ROOT
from tests.unit.app.verification.consistent_snapshot import (
    CANCELLED,
    HOUR,
    OPEN,
    SHIPPED,
    SKU,
    WHO,
    Row,
    a_figure,
    an_entry,
    an_intent,
    books,
    books_at_rest,
    told_of,
    with_an_open_order,
)

type Fields = dict[str, Any]
type Spoil = Callable[[Fields], Fields]


def more(table: str, *rows: Any) -> Spoil:
    return lambda fields: fields | {table: [*fields[table], *rows]}


def without(table: str, **wanted: Any) -> Spoil:
    def spoil(fields: Fields) -> Fields:
        rows = [row for row in fields[table] if not _is(row, wanted)]
        assert len(rows) < len(fields[table])
        return fields | {table: rows}

    return spoil


def altered(table: str, wanted: Fields, **values: Any) -> Spoil:
    def spoil(fields: Fields) -> Fields:
        assert any(_is(row, wanted) for row in fields[table])
        changed = [row | values if _is(row, wanted) else row for row in fields[table]]
        return fields | {table: changed}

    return spoil


def instead(**values: Any) -> Spoil:
    return lambda fields: fields | values


def _is(row: Row, wanted: Fields) -> bool:
    return all(row.get(name) == value for name, value in wanted.items())


THE_SHIPPED = {"order_id": SHIPPED, "part": "order"}
THE_CANCELLED = {"order_id": CANCELLED, "part": "order"}
LETTER = SentLetter(f"{SHIPPED}-0001", WHO)

AT_ANY_TIME: dict[str, tuple[str, Spoil]] = {
    "charged twice": ("M1", more("provider", an_intent(SHIPPED, entry="intent#pi_2"))),
    "shipped unpaid": ("M2", altered("provider", {"order_id": SHIPPED}, state="void")),
    "shipped and refunded": ("M2", altered("provider", {"order_id": SHIPPED}, refund_id="re_2")),
    "cancelled, money kept": ("M3", altered("provider", {"order_id": CANCELLED}, refund_id=None)),
    "another sum went back": ("M3", altered("orders", THE_CANCELLED, refunded=1)),
    "refunded without charge": (
        "M4",
        more("provider", an_intent(SHIPPED, "void", entry="intent#2", refund_id="re")),
    ),
    "asked for too much": ("M5", altered("provider", {"order_id": SHIPPED}, amount=9_999)),
    "another currency": ("M5", altered("provider", {"order_id": SHIPPED}, currency="USD")),
    "total is not its lines": ("M5", altered("orders", THE_SHIPPED, total=4_591)),
    "a price that never was": ("M5", instead(prices={SKU: frozenset({1_999})})),
    "a piece came from nowhere": ("S1", altered("stock", {"sku": SKU}, available=9)),
    "less than nothing": ("S2", altered("stock", {"sku": SKU}, available=-2, received=0)),
    "held for nobody": ("S3", altered("stock", {"sku": SKU}, available=7, reserved=1)),
    "sold to nobody": ("S3", altered("stock", {"sku": SKU}, available=7, sold=3)),
    "sold and freed": ("S4", more("ledger", an_entry(SHIPPED, "freed", 2))),
    "placed, untold": ("E1", without("orders", order_id=SHIPPED, type="order_placed")),
    "two ends": ("E1", more("orders", told_of(SHIPPED, 4, "order_cancelled")[0])),
    "a gap in the events": ("E1", altered("orders", THE_SHIPPED, events=4)),
    "seen, but never told": (
        "E4",
        more("orders", {"order_id": SHIPPED, "part": "seen#email#01SHIPPED-0009"}),
    ),
    "charged for no order": ("E4", more("provider", an_intent("01GHOST", "open"))),
    "a parcel for no order": ("E4", more("carrier", {"reference": "01GHOST"})),
    "a part of no order": ("E4", more("orders", {"order_id": "01GHOST", "part": "payment"})),
    "a ledger of no event": ("E4", more("ledger", an_entry(CANCELLED, "sold", 0))),
    "a letter about nothing": ("E4", more("letters", SentLetter("01GHOST-0001", WHO))),
    "two letters": ("E3", more("letters", LETTER)),
    "a figure too many": ("N1", more("sales", a_figure("shipped", 1, 0))),
    "a promised order is lost": ("A1", more("history", Deed("place", "form-9", "yes", "01LOST"))),
    "one form, two orders": ("A2", more("history", Deed("place", "form-1", "yes", CANCELLED))),
    "one cart, two orders": (
        "A3",
        more("history", Deed("place", "form-7", "yes", CANCELLED, cart="visitor@2")),
    ),
    "shipped after a cancel": ("C1", more("history", Deed("cancel", "form-1", "yes", SHIPPED))),
    "shipped against its row": ("C1", altered("orders", THE_SHIPPED, cancel_requested=True)),
    "an address in the log": ("P1", more("said", f'{{"log": "letter", "to": "{WHO}"}}')),
    "a key in the log": ("P1", more("said", "GET /orders/01SHIPPED?key=abc")),
}

AT_REST: dict[str, tuple[str, Spoil]] = {
    "money may still move": (
        "M3",
        altered("provider", {"order_id": CANCELLED}, state="open", refund_id=None),
    ),
    "never published": ("E2", altered("orders", {"type": "order_paid"}, pending="pending#0")),
    "never counted": ("E3", without("orders", part=f"seen#analytics#{SHIPPED}-0003")),
    "never sent": ("E3", altered("orders", {"part": f"seen#email#{SHIPPED}-0003"}, sent=False)),
    "a letter is missing": ("E3", instead(letters=[LETTER])),
    "the ledger lacks a line": ("E3", without("ledger", entry=f"{SHIPPED}#sold")),
    "ledger against counters": (
        "E3",
        altered("ledger", {"entry": "delivery#first"}, change=11),
    ),
    "revenue is not what was taken": (
        "N1",
        altered("sales", {"figure": f"12#hour#{HOUR}#paid"}, cents=1),
    ),
    "an order stands still": ("L1", altered("orders", THE_SHIPPED, status="paying")),
    "a message is left": ("L2", instead(queues={"email": ["body"]}, planted=())),
    "poison is gone": ("L3", instead(queues={"email-dead-letters": []})),
    "poison is there twice": ("L3", instead(queues={"email-dead-letters": ["no event"] * 2})),
    "a thumbnail is missing": ("I1", instead(media=frozenset())),
    "an upload was never cut": ("I1", altered("catalog", {"slug": "vase"}, state="waiting")),
}


def test_books_that_balance() -> None:
    fields = books_at_rest()

    assert at_any_time(books(fields)) == []
    assert at_rest(books(fields)) == []
    assert told([]) == "The books balance."


def test_orders_under_way_are_no_breach_but_no_rest_either() -> None:
    fields = with_an_open_order(books_at_rest())

    assert at_any_time(books(fields)) == []
    assert {it.invariant for it in at_rest(books(fields))} == {"L1", "E2", "E3", "N1"}
    assert any(it.about == OPEN for it in at_rest(books(fields)))


@pytest.mark.parametrize(("invariant", "spoil"), AT_ANY_TIME.values(), ids=AT_ANY_TIME)
def test_a_breach_at_any_time_is_named(invariant: str, spoil: Spoil) -> None:
    found = at_any_time(books(spoil(books_at_rest())))

    assert invariant in {it.invariant for it in found}, told(found)


@pytest.mark.parametrize(("invariant", "spoil"), AT_REST.values(), ids=AT_REST)
def test_a_breach_at_rest_is_named(invariant: str, spoil: Spoil) -> None:
    found = at_rest(books(spoil(books_at_rest())))

    assert invariant in {it.invariant for it in found}, told(found)


def test_a_letter_may_come_twice_when_its_worker_died_sending_it() -> None:
    fields = more("letters", LETTER)(books_at_rest()) | {"may_repeat": frozenset({LETTER.event_id})}

    assert at_any_time(books(fields)) == []


def test_what_is_not_to_be_had_is_not_missed() -> None:
    fields = books_at_rest() | dict.fromkeys(("letters", "queues", "media", "uploads", "prices"))
    fields["planted"] = ()

    assert at_any_time(books(fields)) == []
    assert at_rest(books(fields)) == []


def test_a_breach_is_told_in_one_plain_line() -> None:
    found = at_any_time(
        books(more("provider", an_intent(SHIPPED, entry="intent#2"))(books_at_rest()))
    )

    assert f"M1 {SHIPPED}: it was charged 2 times" in told(found)


def test_a_row_from_dynamodb_becomes_plain() -> None:
    write = TypeSerializer().serialize
    row = {"sku": SKU, "sold": 2, "on_sale": True}

    assert plain({name: write(value) for name, value in row.items()}) == row


def test_the_auditor_asks_no_rule_of_the_shop() -> None:
    for path in sorted((ROOT / "app/verification").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert not str(node.module).startswith(("app", "workers", "workflow"))
