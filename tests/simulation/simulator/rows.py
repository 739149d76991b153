"""What the tables hold, but for what is never the same: to see that a death left no trace."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from tests.simulation.simulator.dynamodb import Store, resources

if TYPE_CHECKING:
    from tests.simulation.simulator.crash_runs import Tale

VARIES = re.compile(
    r"[0-9a-f]{64}|[\w-]{43}|[0-9A-Za-z]{26}|HC-\d{4}-\w{5}|\d{4}-\d\d-\d\dT[\d:.+]+|\d{10}"
    r'|(?<="part": "cart", "version": )\d+'
)
AUDITED = {"orders", "sales", "provider-books", "carrier-books"}  # row by row, and more thoroughly


def rows_in(store: Store) -> Counter[str]:
    """Every row that no auditor looks at, without ids, tokens and times; merchants' notes too."""
    tables = {
        it["TableName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for it in resources("AWS::DynamoDB::Table").values()
    }
    return Counter(
        f"{table} {VARIES.sub('*', json.dumps(dict(row), sort_keys=True, default=str))}"
        for table in sorted(tables)
        for row in store.rows(table)
        if table not in AUDITED or row.get("kind") == "note"
    )


def traces(tale: "Tale", found: Counter[str], *, but: str) -> Iterator[str]:
    """How the rows differ from those after the same tale without a death."""
    right = _rows_after(tale)
    for what, rows in (("is missing", right - found), ("should not be there", found - right)):
        for row in rows.elements():
            if not re.search(but, row):
                yield f"{what}: {row}"


@cache
def _rows_after(tale: "Tale") -> Counter[str]:
    telling = tale.told()
    telling.played()
    return rows_in(telling.cloud.store)
