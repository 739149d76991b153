from threading import Barrier

import pytest

from app.persistence.dynamodb import MAX_THREADS, read_in_parallel
from app.persistence.query_stats import record_call, start_query_stats


def test_parallel_reads_run_at_the_same_time_and_keep_their_order() -> None:
    both_run = Barrier(2, timeout=5)

    def read(name: str) -> str:
        both_run.wait()
        return name

    assert read_in_parallel([lambda: read("a"), lambda: read("b")]) == ["a", "b"]


def test_parallel_reads_are_one_round_trip_of_the_longest() -> None:
    stats = start_query_stats()

    def read(calls: int) -> None:
        for _ in range(calls):
            with record_call("Query", "orders"):
                pass

    with record_call("GetItem", "customers"):
        pass
    read_in_parallel([lambda: read(1), lambda: read(2), lambda: read(1)])

    assert len(stats.calls) == 5
    assert stats.round_trips == 1 + 2


def test_more_reads_than_threads_take_further_round_trips() -> None:
    stats = start_query_stats()

    def read() -> None:
        with record_call("Query", "orders"):
            pass

    read_in_parallel([read] * (MAX_THREADS + 1))

    assert stats.round_trips == 2


def test_error_of_a_parallel_read_is_raised_after_all_have_ended() -> None:
    ended = []

    def fail() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        read_in_parallel([fail, lambda: ended.append(True)])

    assert ended == [True]


def test_no_reads_have_no_results() -> None:
    assert read_in_parallel([]) == []
