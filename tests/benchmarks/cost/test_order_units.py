from difflib import unified_diff

import pytest

from tests.benchmarks.cost.order_units import ORDER_UNITS, record_order, write_units_of
from tests.benchmarks.cost.per_order import MAX_UNITS_PER_ORDER
from tests.benchmarks.cost.shopping import our_shop


@pytest.fixture(scope="module")
def recorded() -> str:
    with our_shop() as shop:
        return record_order(shop)


def test_each_read_and_write_of_an_order_is_known(
    recorded: str, request: pytest.FixtureRequest
) -> None:
    """If not, run `pytest tests/benchmarks/cost/test_order_units.py --record`; review the diff."""
    if request.config.getoption("--record"):
        ORDER_UNITS.write_text(recorded)

    known = ORDER_UNITS.read_text().splitlines()
    difference = unified_diff(known, recorded.splitlines(), "recorded", "now", n=0, lineterm="")
    assert not (lines := [*difference]), "\n".join(lines)


@pytest.mark.parametrize(("part", "unit"), [("Writes", "write_units"), ("Reads", "read_units")])
def test_the_units_of_all_rows_are_those_of_the_budget(recorded: str, part: str, unit: str) -> None:
    section = recorded.partition(f"## {part}")[2].partition("##")[0]
    (total,) = (it for it in section.splitlines() if it.startswith("| **the shop**"))

    assert float(total.split("|")[-2]) <= MAX_UNITS_PER_ORDER[unit]


def test_write_units_of_all_tables_add_up_to_those_of_an_order() -> None:
    tables = ("orders", "stock", "stock-ledger", "sales", "customers")
    total = next(it for it in ORDER_UNITS.read_text().splitlines() if "**the shop**" in it)

    assert sum(write_units_of(it) for it in tables) == float(total.split("|")[-2])
