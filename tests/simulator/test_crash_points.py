"""Functions die before and after every call they make, then at two; all recovers, or is noticed."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from pynamodb.transactions import TransactWrite

from app import consumed
from app.aws import events
from app.mail import sending
from app.orders.events import OrderEvent
from app.orders.outbox import mark_published
from app.tables import writing_together
from tests.saying import Say
from tests.simulator.crash_points import crashes, named, tasks, what_is_wrong
from tests.simulator.deaths import Death, When
from tests.simulator.stories import ORDERS, PLAIN, SILENT, Story, Telling
from workers import analytics, email, publish, sweep

type Plant = Callable[[pytest.MonkeyPatch], None]
type Write = Callable[[TransactWrite], None]


def test_every_death_is_recovered_from(say: Say) -> None:
    *_, tally = crashes(tasks(ORDERS), processes=os.cpu_count() or 1)
    say("\n".join(tally.lines()))

    assert tally.broken == {}


def test_a_telling_can_be_told_again_by_its_name() -> None:
    first, again = (named("an-order-is-shipped/before-17/after-20") for _ in range(2))

    assert what_is_wrong(first) == what_is_wrong(again) == ()
    assert first.deaths == [Death(17, "before"), Death(20, "after")]
    assert first.world.story == again.world.story


def test_who_is_dead_makes_no_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the code does on its way out: a ``finally`` or a bare ``except`` reaches nobody."""
    tell, last_words = events.publish, list[str]()

    def told(event: OrderEvent) -> None:
        try:
            tell(event)
        except BaseException:
            last_words.append(event.event_id)
            tell(event)
            raise

    telling = Telling(PLAIN, [death_of("publish", "Publish", "before")])
    monkeypatch.setattr(publish, "publish", told)

    assert what_is_wrong(telling) == ()
    assert len(last_words) == 1
    assert telling.cloud.topic.published == 4


def death_of(function: str, operation: str, when: When) -> Death:
    telling = Telling(PLAIN)
    telling.played()
    for number, call in enumerate(telling.weather.calls, 1):
        if call.function == function and call.what.startswith(operation):
            return Death(number, when)
    raise AssertionError(f"There is no {operation} in {function}.")


def an_effect_before_its_mark(patch: pytest.MonkeyPatch) -> None:
    def once(consumer: str, event_id: str, order_id: str, write: Write, *, now: datetime) -> bool:
        mark = consumed.Seen(order_id, consumed.mark_of(consumer, event_id), at=now)
        if any(consumed.Seen.query(order_id, consumed.Seen.part == mark.part)):
            return False
        with writing_together() as transaction:
            write(transaction)
        mark.save()
        return True

    patch.setattr(analytics, "once", once)


def a_letter_that_is_marked_before_it_is_sent(patch: pytest.MonkeyPatch) -> None:
    def claimed(event: OrderEvent, *, now: datetime) -> str | None:
        mine = sending.claim(event, now=now)
        if mine:
            sending.mark_sent(event, mine, now=now)
        return mine

    patch.setattr(email, "claim", claimed)


def an_event_that_is_marked_before_it_is_published(patch: pytest.MonkeyPatch) -> None:
    def told(event: OrderEvent) -> None:
        mark_published(event.order_id, part_of(event), now=event.occurred_at)
        events.publish(event)

    patch.setattr(sweep, "publish", told)


def part_of(event: OrderEvent) -> str:
    place = event.event_id.removeprefix(f"{event.order_id}-")
    return f"event#{place}#{event.type}"


@pytest.mark.parametrize(
    ("plant", "function", "story", "invariant"),
    [
        (an_effect_before_its_mark, "analytics", PLAIN, "N1"),
        (a_letter_that_is_marked_before_it_is_sent, "email", PLAIN, "E3"),
        (an_event_that_is_marked_before_it_is_published, "sweep", SILENT, "E3"),
    ],
    ids=lambda it: it.__name__ if callable(it) else str(it),
)
def test_a_planted_bug_is_noticed_when_its_function_dies(
    plant: Plant, function: str, story: Story, invariant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaths = list(deaths_in(story, function))
    plant(monkeypatch)

    found = [it for death in deaths for it in what_is_wrong(Telling(story, [death]))]

    assert any(it.startswith(invariant) for it in found), found


def deaths_in(story: Story, function: str) -> Iterator[Death]:
    telling = Telling(story)
    telling.played()
    for number, call in enumerate(telling.weather.calls, 1):
        if call.function == function:
            yield Death(number, "before")
            yield Death(number, "after")
