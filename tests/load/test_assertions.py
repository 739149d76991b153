from typing import Any

import pytest

from app.verification import Books, Breach
from tests.load.assertions import deserves, judge
from tests.load.evidence import missed, placed, seen, some_evidence, verdicts
from tests.load.recorder import Noted
from tests.load.targets import AWS


def noted(*requests: Any) -> Noted:
    return Noted(requests=requests, pressed=[placed()])


def test_a_good_run_keeps_every_target() -> None:
    assert missed(some_evidence()) == []
    assert deserves(verdicts(some_evidence()), counts_only=False) == 0


@pytest.mark.parametrize(
    ("spoilt", "target"),
    [
        ({"noted": noted(seen(), seen(status=500, error="answered 500"))}, "Errors"),
        ({"noted": noted(seen(), seen(status=0, error="refused"))}, "Errors"),
        ({"noted": noted(seen(status=503, error="answered 503"))}, "Throttled"),
        ({"noted": noted(seen(status=429, error="answered 429"))}, "Throttled"),
        ({"noted": Noted([seen()], [placed("01NEVER")])}, "Orders promised and not there"),
        ({"noted": Noted([seen()], [])}, "Runs in which nobody bought"),
        ({"breaches": [Breach("M1", "01ORDER", "twice")]}, "Breaches in the books"),
        ({"dead_letters": 1}, "Dead letters"),
    ],
)
def test_what_must_never_be_is_counted(spoilt: dict[str, Any], target: str) -> None:
    evidence = some_evidence(**spoilt)

    assert target in missed(evidence)
    assert deserves(verdicts(evidence), counts_only=True) == 1


def test_a_slow_page_is_a_missed_time_and_no_missed_count() -> None:
    evidence = some_evidence(noted=noted(*[seen(ms=20)] * 90, *[seen(ms=5_000)] * 10))

    assert missed(evidence) == ["Home, p95", "Home, p99"]
    assert deserves(verdicts(evidence), counts_only=False) == 1
    assert deserves(verdicts(evidence), counts_only=True) == 0


def test_a_share_of_errors_is_allowed_where_it_is_said() -> None:
    requests = [*[seen()] * 1_999, seen(status=500, error="answered 500")]
    evidence = some_evidence(noted=noted(*requests))

    errors = next(it for it in judge(evidence, AWS) if it.what == "Errors")

    assert errors.kept
    assert "Errors" in missed(evidence)


def test_an_order_that_the_books_lack_is_missed_whatever_its_times() -> None:
    assert "Orders promised and not there" in missed(some_evidence(books=Books()))
