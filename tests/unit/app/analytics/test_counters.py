from datetime import date, timedelta
from itertools import count

import pytest
from ulid import ULID

from app.analytics.counters import Total, add_to_day, figures_of
from app.persistence.dynamodb import retrying_transaction

pytestmark = pytest.mark.usefixtures("tables")

_days = count()


def an_unused_day() -> date:
    return date(2040, 1, 1) + timedelta(days=next(_days))


def test_day_without_sales_has_no_figures() -> None:
    assert figures_of(an_unused_day()) == {}


def test_shards_of_a_day_are_summed_up() -> None:
    day = an_unused_day()
    for _ in range(20):
        with retrying_transaction() as transaction:
            add_to_day(transaction, day, str(ULID()), [("placed", Total(1, 2_450))])

    assert figures_of(day) == {"placed": Total(20, 49_000)}


def test_each_day_and_each_figure_has_its_own_total() -> None:
    day, next_day = an_unused_day(), an_unused_day()
    with retrying_transaction() as transaction:
        add_to_day(transaction, day, "an order", [("placed", Total(1, 10)), ("paid", Total(1, 20))])
        add_to_day(transaction, next_day, "an order", [("placed", Total(2, 5))])

    assert figures_of(day) == {"placed": Total(1, 10), "paid": Total(1, 20)}
    assert figures_of(next_day) == {"placed": Total(2, 5)}
