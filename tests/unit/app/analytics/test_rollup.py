"""The sums of an hour equal its facts, whatever is late, repeated, reordered or interrupted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

import pytest
from ulid import ULID

from app.analytics import facts, rollup
from app.analytics.facts import HOUR, mark_current_hour_due, record_fact, sums_of
from app.analytics.figures import figures_of
from app.analytics.models import SalesRow, Total
from app.analytics.rollup import FINAL_AFTER, roll_up, sum_up
from tests.builders import LambdaContextStub
from workers import analytics

pytestmark = pytest.mark.usefixtures("tables")

_days = count()


@pytest.fixture
def start() -> datetime:
    """The start of an hour without sales of other tests."""
    return datetime(2050, 1, 1, 12, tzinfo=UTC) + timedelta(days=next(_days))


def hour_of(start: datetime) -> str:
    return f"{start:%Y-%m-%dT%H}"


def count_sale(at: datetime, *, now: datetime | None = None, event_id: str | None = None) -> bool:
    totals = [("placed", Total(1, 10))]
    return record_fact(event_id or str(ULID()), at, totals, now=now or at)


def sums(start: datetime) -> dict[str, Total] | None:
    """The stored sums of the hour; None if it is not summed up."""
    row = sums_of(hour_of(start))
    row.refresh(consistent_read=True)
    return None if row.figures is None else next(iter(row.figures.values()), {})


def is_due(start: datetime) -> bool:
    return hour_of(start) in {row.entry for row in SalesRow.by_due.query("due")}


def final(start: datetime) -> datetime:
    return start + HOUR + FINAL_AFTER


def test_hour_is_summed_up_while_it_lasts_and_stays_due(start: datetime) -> None:
    count_sale(start)

    assert sum_up(hour_of(start), now=start)
    count_sale(start)
    assert sum_up(hour_of(start), now=start)

    assert sums(start) == {"placed": Total(2, 20)}
    assert is_due(start)
    assert not sum_up(hour_of(start), now=start)  # nothing is new, so nothing is written


def test_hour_is_final_half_an_hour_after_its_end(start: datetime) -> None:
    count_sale(start)

    sum_up(hour_of(start), now=final(start) - timedelta(seconds=1))
    assert is_due(start)
    sum_up(hour_of(start), now=final(start))

    assert not is_due(start)
    assert not sum_up(hour_of(start), now=final(start))


@pytest.mark.parametrize("days", [0, 1, 40])
def test_late_fact_makes_its_hour_due_again(start: datetime, days: int) -> None:
    count_sale(start)
    sum_up(hour_of(start), now=final(start))
    late = final(start) + timedelta(days=days)

    count_sale(start, now=late)

    assert is_due(start)
    assert figures_of(start.date())["placed"] == Total(2, 20)
    sum_up(hour_of(start), now=late)
    assert sums(start) == figures_of_hour(start) == {"placed": Total(2, 20)}


def figures_of_hour(start: datetime) -> dict[str, Total]:
    return {name: it for name, it in figures_of(start.date()).items() if "hour#" not in name}


@contextmanager
def overtaken_by(
    meanwhile: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The roll-up in this block has read its facts when ``meanwhile`` runs, and writes after it."""
    read = rollup._sum_of_facts

    def read_and_be_overtaken(hour: str) -> object:
        found = read(hour)
        patch.undo()
        meanwhile()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(rollup, "_sum_of_facts", read_and_be_overtaken)
        yield


def test_fact_during_a_final_roll_up_is_not_lost(
    start: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker writes the fact and the mark after the roll-up has read the facts."""
    count_sale(start)

    with overtaken_by(lambda: count_sale(start, now=final(start)), monkeypatch):
        assert not sum_up(hour_of(start), now=final(start))
    sum_up(hour_of(start), now=final(start))

    assert sums(start) == {"placed": Total(2, 20)}


def test_older_roll_up_cannot_replace_a_newer_one(
    start: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    count_sale(start)

    def count_and_sum_up() -> None:
        count_sale(start)
        sum_up(hour_of(start), now=final(start))

    with overtaken_by(count_and_sum_up, monkeypatch):
        sum_up(hour_of(start), now=final(start))

    assert sums(start) == {"placed": Total(2, 20)}


def test_repeat_of_a_fact_whose_mark_was_lost_in_a_crash_sets_the_mark(
    start: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id, late = str(ULID()), final(start)

    def crash(hour: str) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(facts, "mark_due", crash)
        with pytest.raises(ConnectionError):
            count_sale(start, now=late, event_id=event_id)
    assert not is_due(start)

    assert not count_sale(start, now=late, event_id=event_id)
    assert is_due(start)


def test_process_marks_the_current_hour_once(start: datetime) -> None:
    for _ in range(3):
        count_sale(start)
    version = SalesRow.get(hour_of(start)[:7], hour_of(start)).version
    count_sale(start)

    assert SalesRow.get(hour_of(start)[:7], hour_of(start)).version == version
    mark_current_hour_due.cache_clear()  # another process
    count_sale(start)
    assert SalesRow.get(hour_of(start)[:7], hour_of(start)).version != version


@pytest.mark.parametrize("seed", range(8))
def test_sums_equal_the_facts_in_any_sequence_of_arrivals_and_roll_ups(
    start: datetime, seed: int
) -> None:
    """Facts are on time, late by minutes or days, and repeated; roll-ups run in between."""
    random = Random(seed)
    events = {str(ULID()): start + random.random() * HOUR for _ in range(12)}
    delays = [timedelta(), timedelta(minutes=20), HOUR + FINAL_AFTER, timedelta(days=3)]
    arrivals = [
        (at + random.choice(delays), event_id, at)
        for event_id, at in (*events.items(), *random.choices([*events.items()], k=6))
    ]
    steps: list[tuple[datetime, Callable[[datetime], object]]] = [
        *(
            (now, lambda now, it=it, at=at: count_sale(at, now=now, event_id=it))
            for now, it, at in arrivals
        ),
        *(
            (start + HOUR * random.uniform(0, 80), lambda now: _roll_up_if_due(start, now))
            for _ in range(8)
        ),
    ]

    for now, step in sorted(steps, key=lambda it: it[0]):
        step(now)
        assert _is_exact(start)
    _roll_up_if_due(start, start + timedelta(days=4))

    assert sums(start) == figures_of_hour(start) == {"placed": Total(12, 120)}
    assert not is_due(start)


def _roll_up_if_due(start: datetime, now: datetime) -> None:
    if is_due(start):
        sum_up(hour_of(start), now=now)


def _is_exact(start: datetime) -> bool:
    """What a page shows equals a scan of the facts of that hour."""
    stored = [row for row in SalesRow.scan() if row.period.startswith(f"{hour_of(start)}#")]
    return figures_of(start.date()).get("placed", Total()).count == len(stored)


def test_hour_that_fails_does_not_stop_the_others(
    start: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = [start, start + HOUR]
    for it in starts:
        count_sale(it)
    read = rollup._sum_of_facts

    def fail_for_the_first(hour: str) -> object:
        if hour == hour_of(start):
            raise ConnectionError
        return read(hour)

    monkeypatch.setattr(rollup, "_sum_of_facts", fail_for_the_first)
    monkeypatch.setattr(SalesRow.by_due, "query", lambda _: [sums_of(hour_of(it)) for it in starts])
    with pytest.raises(ConnectionError):
        roll_up(now=final(start + HOUR), has_time=lambda: True)

    assert is_due(start)
    assert sums(start + HOUR) == {"placed": Total(1, 10)}


def test_schedule_sums_up_what_is_due_until_its_time_is_over(
    start: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    count_sale(start)
    monkeypatch.setattr(SalesRow.by_due, "query", lambda _: [sums_of(hour_of(start))])

    assert roll_up(now=start, has_time=lambda: False) == 0
    assert analytics.handler({}, LambdaContextStub()) == {"hours": 1}
    assert sums(start) == {"placed": Total(1, 10)}
