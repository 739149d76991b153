"""Compares the rows of all tables after a crash with those of a run without crashes."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from tests.simulation.simulator.dynamodb import Store, resources

if TYPE_CHECKING:
    from tests.simulation.simulator.crash_runs import Scenario

# Hashes, tokens, ids, order numbers, times, and the version of a cart.
VARYING = re.compile(
    r"(?:s_)?(?:[0-9a-f]{64}|[\w-]{43})|[0-9A-Za-z]{26}|HC-\d{8}-\w{5}-\w{5}|\d{4}-\d\d-\d\dT[\d:.+]+|\d{10}"
    r'|(?<="part": "cart", "version": )\d+'
)
# app.verification compares these row by row.
VERIFIED_TABLES = {"orders", "sales", "provider-records", "carrier-records"}


def normalized_rows(store: Store) -> Counter[str]:
    """The rows that ``app.verification`` does not check, and order notes; ids replaced by "*"."""
    tables = {
        properties["TableName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for properties in resources("AWS::DynamoDB::Table").values()
    }
    return Counter(
        f"{table} {VARYING.sub('*', json.dumps(dict(row), sort_keys=True, default=str))}"
        for table in sorted(tables)
        for row in store.rows(table)
        if table not in VERIFIED_TABLES or row.get("kind") == "note"
    )


def row_differences(scenario: "Scenario", actual: Counter[str], *, ignored: str) -> Iterator[str]:
    """How rows differ from those after the scenario without crashes.

    ``ignored`` is a regular expression of rows that may differ.
    """
    expected = _rows_without_crashes(scenario)
    for what, rows in (("is missing", expected - actual), ("unexpected row", actual - expected)):
        for row in rows.elements():
            if not re.search(ignored, row):
                yield f"{what}: {row}"


@cache
def _rows_without_crashes(scenario: "Scenario") -> Counter[str]:
    crash_run = scenario.with_crashes()
    crash_run.run()
    return normalized_rows(crash_run.cloud.store)
