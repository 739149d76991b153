from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from app.persistence.query_stats import counted, current_tally, start_counting


def test_each_call_is_counted_with_what_it_asked_and_how_long_it_took() -> None:
    tally = start_counting()

    with counted("Query", "orders"):
        pass

    assert [(trip.operation, trip.table) for trip in tally.trips] == [("Query", "orders")]
    assert 0 <= tally.waited <= tally.ms


def test_a_call_that_fails_counts_too() -> None:
    tally = start_counting()

    with pytest.raises(TimeoutError), counted("Query", "orders"):
        raise TimeoutError

    assert len(tally.trips) == 1


def test_threads_that_work_for_a_request_count_for_it() -> None:
    tally = start_counting()

    def ask() -> None:
        with counted("GetItem", "stock"):
            pass

    with ThreadPoolExecutor(1) as pool:
        pool.submit(copy_context().run, ask).result()

    assert len(tally.trips) == 1


def test_where_nobody_counts_nothing_is_kept() -> None:
    def alone() -> int:
        with counted("Query", "orders"):
            pass
        return len(current_tally().trips)

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(alone).result() == 0
