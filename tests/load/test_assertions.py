from typing import Any

import pytest

from app.verification import Snapshot, Violation
from tests.load.assertions import evaluate, exit_code
from tests.load.recorder import Recording
from tests.load.sample_results import (
    a_run_result,
    assertions,
    failed_assertions,
    placed_record,
    request_record,
)
from tests.load.targets import AWS


def a_recording(*requests: Any) -> Recording:
    return Recording(requests=requests, actions=[placed_record()])


def test_a_successful_run_passes_every_assertion() -> None:
    assert failed_assertions(a_run_result()) == []
    assert exit_code(assertions(a_run_result()), counts_only=False) == 0


@pytest.mark.parametrize(
    ("change", "assertion"),
    [
        (
            {
                "recording": a_recording(
                    request_record(), request_record(status=500, error="answered 500")
                )
            },
            "Errors",
        ),
        (
            {"recording": a_recording(request_record(), request_record(status=0, error="refused"))},
            "Errors",
        ),
        ({"recording": a_recording(request_record(status=503, error="answered 503"))}, "Throttled"),
        ({"recording": a_recording(request_record(status=429, error="answered 429"))}, "Throttled"),
        ({"recording": Recording([request_record()], [placed_record("01NEVER")])}, "Lost orders"),
        ({"recording": Recording([request_record()], [])}, "Runs without an order"),
        ({"violations": [Violation("M1", "01ORDER", "twice")]}, "Consistency violations"),
        ({"dlq_messages": 1}, "Dead-letter queue messages"),
    ],
)
def test_every_kind_of_failure_fails_its_count_assertion(
    change: dict[str, Any], assertion: str
) -> None:
    result = a_run_result(**change)

    assert assertion in failed_assertions(result)
    assert exit_code(assertions(result), counts_only=True) == 1


def test_counts_only_ignores_slow_pages() -> None:
    result = a_run_result(
        recording=a_recording(*[request_record(ms=20)] * 90, *[request_record(ms=5_000)] * 10)
    )

    assert failed_assertions(result) == ["Home, p95", "Home, p99"]
    assert exit_code(assertions(result), counts_only=False) == 1
    assert exit_code(assertions(result), counts_only=True) == 0


def test_aws_targets_tolerate_a_share_of_errors() -> None:
    requests = [*[request_record()] * 1_999, request_record(status=500, error="answered 500")]
    result = a_run_result(recording=a_recording(*requests))

    errors = next(it for it in evaluate(result, AWS) if it.name == "Errors")

    assert errors.passed
    assert "Errors" in failed_assertions(result)


def test_an_accepted_order_without_a_row_is_a_lost_order() -> None:
    assert "Lost orders" in failed_assertions(a_run_result(snapshot=Snapshot()))
