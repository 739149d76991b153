"""Functions die before and after every call they make, then at two; all recovers, or is noticed."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from app.aws import sns
from app.emails import delivery
from app.inventory.models import LedgerEntry
from app.main import ROUTERS
from app.orders.events import OrderEvent
from app.orders.outbox import mark_published
from app.persistence import idempotency
from app.persistence.dynamodb import WritingTogether, writing_together
from app.web.security.authorization import routes_of
from tests.printed_figures import Say
from tests.simulation.simulator.admin_actions import BUTTONS
from tests.simulation.simulator.crash_points import TALES, crashes, named, tasks
from tests.simulation.simulator.crash_runs import Tale
from tests.simulation.simulator.crashes import Death, When
from tests.simulation.simulator.dynamodb import resources
from tests.simulation.simulator.scenarios import PLAIN, SILENT
from workers import analytics, email, outbox_poller, publish

# A rule that customers and merchants call is the shop's; a queue has no function of its own.
OTHERWISE = {"web": "shop", "place": "shop", "cancel": "shop", "decide": "shop"} | {
    "rescue": "reconcile"
}
EVERY = 6  # crash points one gets a drawn pair; `shop simulate --pairs` tries all on the order path

(DELIVERY,) = (it for it in BUTTONS if it.route.endswith("/deliveries"))

type Plant = Callable[[pytest.MonkeyPatch], None]
type Write = Callable[[TransactWrite], None]


def test_every_death_is_recovered_from(say: Say) -> None:
    given = tasks(TALES)
    given[::EVERY] = [replace(task, pairs=1) for task in given[::EVERY]]

    *_, tally = crashes(given, processes=os.cpu_count() or 1)
    say("\n".join(tally.lines()))

    assert tally.broken == {}
    assert {OTHERWISE.get(name, name) for name in tally.points} == set(functions())


def functions() -> Iterator[str]:
    """As the template calls them."""
    for function in resources("AWS::Serverless::Function").values():
        yield function["FunctionName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")


def test_every_button_there_is_can_be_pressed_by_somebody_who_dies() -> None:
    routes = [route for router in ROUTERS for route in routes_of(router)]
    changing = {it.path for it in routes if it.methods and not it.methods <= {"GET", "HEAD"}}

    assert {it.route for it in BUTTONS} == changing


def test_a_telling_can_be_told_again_by_its_name_whatever_was_told_before() -> None:
    named("what-is-no-file-of-products-is-refused").wrong()
    first, again = (named("an-order-is-shipped/before-17/after-20") for _ in range(2))

    assert first.wrong() == again.wrong() == ()
    assert first.deaths == [Death(17, "before"), Death(20, "after")]
    assert first.world.story == again.world.story


def test_who_is_dead_makes_no_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the code does on its way out: a ``finally`` or a bare ``except`` reaches nobody."""
    tell, last_words = sns.publish, list[str]()

    def told(event: OrderEvent) -> None:
        try:
            tell(event)
        except BaseException:
            last_words.append(event.event_id)
            tell(event)
            raise

    telling = PLAIN.told([death_of("publish", "Publish", "before")])
    monkeypatch.setattr(publish, "publish", told)

    assert telling.wrong() == ()
    assert len(last_words) == 1
    assert telling.cloud.topic.published == 4


def death_of(function: str, operation: str, when: When) -> Death:
    telling = PLAIN.told()
    telling.played()
    for number, call in enumerate(telling.weather.calls, 1):
        if call.function == function and call.what.startswith(operation):
            return Death(number, when)
    raise AssertionError(f"There is no {operation} in {function}.")


def an_effect_before_its_mark(patch: pytest.MonkeyPatch) -> None:
    def once(consumer: str, event_id: str, order_id: str, write: Write, *, now: datetime) -> bool:
        mark = idempotency.Seen(order_id, idempotency.mark_of(consumer, event_id), at=now)
        if any(idempotency.Seen.query(order_id, idempotency.Seen.part == mark.part)):
            return False
        with writing_together() as transaction:
            write(transaction)
        mark.save()
        return True

    patch.setattr(analytics, "once", once)


def a_letter_that_is_marked_before_it_is_sent(patch: pytest.MonkeyPatch) -> None:
    def claimed(event: OrderEvent, *, now: datetime) -> str | None:
        mine = delivery.claim(event, now=now)
        if mine:
            delivery.mark_sent(event, mine, now=now)
        return mine

    patch.setattr(email, "claim", claimed)


def an_event_that_is_marked_before_it_is_published(patch: pytest.MonkeyPatch) -> None:
    def told(event: OrderEvent) -> None:
        mark_published(event.order_id, part_of(event), now=event.occurred_at)
        sns.publish(event)

    patch.setattr(outbox_poller, "publish", told)


def part_of(event: OrderEvent) -> str:
    place = event.event_id.removeprefix(f"{event.order_id}-")
    return f"event#{place}#{event.type}"


def a_delivery_that_is_booked_each_time(patch: pytest.MonkeyPatch) -> None:
    save = WritingTogether.save

    def saved(self: WritingTogether, row: Model, **others: Any) -> None:
        save(self, row, **({} if isinstance(row, LedgerEntry) else others))

    patch.setattr(WritingTogether, "save", saved)


@pytest.mark.parametrize(
    ("plant", "function", "tale", "invariant"),
    [
        (an_effect_before_its_mark, "analytics", PLAIN, "N1"),
        (a_letter_that_is_marked_before_it_is_sent, "email", PLAIN, "E3"),
        (an_event_that_is_marked_before_it_is_published, "sweep", SILENT, "E3"),
        (a_delivery_that_is_booked_each_time, "web", DELIVERY, "should not be there: stock "),
    ],
    ids=lambda it: it.__name__ if callable(it) else str(it),
)
def test_a_planted_bug_is_noticed_when_its_function_dies(
    plant: Plant, function: str, tale: Tale, invariant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaths = list(deaths_in(tale, function))
    plant(monkeypatch)

    found = [it for death in deaths for it in tale.told([death]).wrong()]

    assert any(it.startswith(invariant) for it in found), found


def deaths_in(tale: Tale, function: str) -> Iterator[Death]:
    telling = tale.told()
    telling.played()
    for number, call in enumerate(telling.weather.calls, 1):
        if call.function == function:
            yield Death(number, "before")
            yield Death(number, "after")
