from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from app.persistence.query_stats import current_query_stats, record_call, start_query_stats


def test_each_database_call_is_recorded_with_its_duration() -> None:
    stats = start_query_stats()

    with record_call("Query", "orders"):
        pass

    assert [(call.operation, call.table) for call in stats.calls] == [("Query", "orders")]
    assert 0 <= stats.database_ms <= stats.elapsed_ms


def test_failed_database_call_is_recorded_too() -> None:
    stats = start_query_stats()

    with pytest.raises(TimeoutError), record_call("Query", "orders"):
        raise TimeoutError

    assert len(stats.calls) == 1


def test_calls_in_threads_with_the_context_of_a_request_are_recorded() -> None:
    stats = start_query_stats()

    def read() -> None:
        with record_call("GetItem", "stock"):
            pass

    with ThreadPoolExecutor(1) as pool:
        pool.submit(copy_context().run, read).result()

    assert len(stats.calls) == 1


def test_calls_outside_of_a_request_are_not_recorded() -> None:
    def outside() -> int:
        with record_call("Query", "orders"):
            pass
        return len(current_query_stats().calls)

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(outside).result() == 0
