"""A page costs the same in a small and in a large shop."""

import pytest

from tests.benchmarks.scale.measurement import (
    CURRENT,
    PageCost,
    measure_pages,
)
from tests.benchmarks.scale.report import report_lines
from tests.printed_figures import PrintFigure

SMALL, LARGE = 25, 2_000  # products
FEW_ORDERS, MANY_ORDERS = 300, 900  # of one day, and of three
MAX_RATIO = 1.5  # of function calls; CPU time, which other processes disturb, is only printed


@pytest.fixture(scope="module")
def small() -> dict[str, PageCost]:
    return measure_pages(SMALL, FEW_ORDERS, CURRENT, repetitions=1)


@pytest.fixture(scope="module")
def large() -> dict[str, PageCost]:
    return measure_pages(LARGE, MANY_ORDERS, CURRENT, repetitions=1)


@pytest.mark.parametrize("name", CURRENT)
def test_page_stays_within_its_bounds(
    large: dict[str, PageCost], name: str, print_figure: PrintFigure
) -> None:
    cost = large[name]
    print_figure(
        f"{name}: {cost.round_trips} round trips, {cost.read_units} read units, {cost.size} bytes"
    )

    assert cost.is_within_bounds


@pytest.mark.parametrize("name", CURRENT)
def test_page_costs_the_same_in_a_larger_shop(
    small: dict[str, PageCost], large: dict[str, PageCost], name: str
) -> None:
    assert large[name].round_trips <= small[name].round_trips + 1
    assert large[name].read_units <= small[name].read_units + 10  # a category has more to show


@pytest.mark.parametrize("name", CURRENT)
def test_page_does_the_same_work_in_a_larger_shop(
    small: dict[str, PageCost], large: dict[str, PageCost], name: str, print_figure: PrintFigure
) -> None:
    print_figure(
        f"{name}: {large[name].calls:,} calls, {large[name].calls / small[name].calls:.2f}"
    )

    assert large[name].calls <= MAX_RATIO * small[name].calls
    assert abs(large[name].rows - small[name].rows) <= 10  # examined orders differ by shard


def test_report_marks_a_page_beyond_a_bound() -> None:
    cheap, dear = PageCost("a", 1, 1, 1, 1, 1, 8), PageCost("b", 6, 1, 1, 2, 1, 4)

    lines = [*report_lines("3 products", "1", {"a": cheap, "b": cheap}, {"a": cheap, "b": dear})]

    assert any("| b * " in line and "2.00 |" in line and "0.50 |" in line for line in lines)
    assert not any("| a * " in line for line in lines)
