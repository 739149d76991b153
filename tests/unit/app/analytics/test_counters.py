from datetime import date, timedelta
from itertools import count

import pytest
from ulid import ULID

from app.analytics.counters import Sum, add_to_day, figures_of
from app.persistence.dynamodb import writing_together

pytestmark = pytest.mark.usefixtures("tables")

_days = count()


def a_day_of_its_own() -> date:
    return date(2040, 1, 1) + timedelta(days=next(_days))


def test_a_day_without_sales_has_no_figures() -> None:
    assert figures_of(a_day_of_its_own()) == {}


def test_the_shards_of_a_day_add_up() -> None:
    day = a_day_of_its_own()
    for _ in range(20):
        with writing_together() as transaction:
            add_to_day(transaction, day, str(ULID()), [("placed", Sum(1, 2_450))])

    assert figures_of(day) == {"placed": Sum(20, 49_000)}


def test_each_day_and_each_figure_is_counted_for_itself() -> None:
    day, next_day = a_day_of_its_own(), a_day_of_its_own()
    with writing_together() as transaction:
        add_to_day(transaction, day, "an order", [("placed", Sum(1, 10)), ("paid", Sum(1, 20))])
        add_to_day(transaction, next_day, "an order", [("placed", Sum(2, 5))])

    assert figures_of(day) == {"placed": Sum(1, 10), "paid": Sum(1, 20)}
    assert figures_of(next_day) == {"placed": Sum(2, 5)}
