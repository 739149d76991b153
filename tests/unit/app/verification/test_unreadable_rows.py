"""A damaged row is reported (V1), and rows of newer code are left out: the verifier never stops."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.verification import check_invariants, check_running, check_settled
from app.verification.snapshot import KNOWN_KINDS, Snapshot, leave_out_newer
from infra.build.bundles import ROOT
from tests.unit.app.verification.consistent_snapshot import (
    SHIPPED,
    Fields,
    add_open_order,
    settled_fields,
    snapshot_of,
    with_return,
)

TABLES = ("orders", "stock", "ledger", "sales", "provider", "carrier", "catalog")
TWENTY_MINUTES_LATER = datetime(2031, 6, 12, 12, 20, tzinfo=UTC)
KEYS = {"order_id", "part", "sku", "entry", "period", "record_id", "reference"}


def damaged_rows() -> Iterator[tuple[str, int, str]]:
    """Every row of the sample data and an attribute that it may lose: not those of the key."""
    fields = all_fields()
    for table in TABLES:
        for number, row in enumerate(fields[table]):
            yield from ((table, number, name) for name in row if name not in KEYS | {"item_id"})


def all_fields() -> Fields:
    return add_open_order(with_return(settled_fields()))


def rules_of(snapshot: Snapshot) -> set[str]:
    found = (*check_invariants(snapshot), *check_settled(snapshot))
    return {it.rule for it in (*found, *check_running(snapshot, now=TWENTY_MINUTES_LATER))}


@pytest.mark.parametrize(("table", "number", "name"), [*damaged_rows()])
@pytest.mark.parametrize("value", [None, "?"])
def test_row_with_a_missing_or_damaged_attribute_does_not_stop_the_verifier(
    table: str, number: int, name: str, value: str | None
) -> None:
    fields = all_fields()
    row = {it: fields[table][number][it] for it in fields[table][number] if it != name}
    fields[table][number] = row | ({name: value} if value else {})

    rules_of(snapshot_of(fields))


def test_row_that_cannot_be_read_is_a_violation_and_hides_no_other() -> None:
    fields = with_return(settled_fields())
    for row in fields["orders"]:
        if row["part"] == "return#1":
            del row["status"]
    fields["stock"][0]["available"] -= 1

    assert {"V1", "S1"} <= rules_of(snapshot_of(fields))


def test_row_of_a_kind_of_newer_code_is_left_out_after_a_rollback() -> None:
    newer = {"order_id": SHIPPED, "part": "return#2", "kind": "of_next_year"}
    known = {"order_id": SHIPPED, "part": "order", "kind": "order"}

    assert list(leave_out_newer([newer, known])) == [known]


def test_every_kind_of_row_that_the_application_writes_to_these_tables_is_known() -> None:
    source = "".join(it.read_text() for it in (ROOT / "app").rglob("*.py"))
    kinds = re.findall(r'\((?:OrderPart|CatalogItem), discriminator="(\w+)"', source)

    assert set(kinds) == KNOWN_KINDS
