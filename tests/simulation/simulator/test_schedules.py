"""Hundreds of schedules full of faults end well; planted bugs do not, and are called by name."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from pynamodb.models import Model

from app.orders import payment
from app.orders.models import Order
from app.payments.gateway import Verdict, gateway
from app.payments.models import Payment
from app.persistence import idempotency
from app.persistence.dynamodb import WritingTogether
from tests.printed_figures import Say
from tests.simulation.simulator.campaign import campaign
from tests.simulation.simulator.faults import ENOUGH
from tests.simulation.simulator.schedule import play

SCHEDULES = 500
ENOUGH_TO_NOTICE = 60

type Plant = Callable[[pytest.MonkeyPatch], None]


def test_every_schedule_ends_well(say: Say) -> None:
    *_, tally = campaign(range(1, SCHEDULES + 1), processes=os.cpu_count() or 1)
    say("\n".join(tally.lines()))

    assert tally.schedules == SCHEDULES
    assert tally.fewest >= ENOUGH
    assert tally.broken == {}


def test_the_same_seed_is_the_same_story() -> None:
    first, again = play(7), play(7)

    assert first.story == again.story
    assert len(first.story) > 100


def a_consumer_that_forgets_what_it_has_seen(patch: pytest.MonkeyPatch) -> None:
    save = WritingTogether.save

    def saved(self: WritingTogether, row: Model, **others: Any) -> None:
        save(self, row, **({} if isinstance(row, idempotency.Seen) else others))

    patch.setattr(WritingTogether, "save", saved)


def a_status_that_is_written_whatever_it_was(patch: pytest.MonkeyPatch) -> None:
    update = WritingTogether.update

    def updated(self: WritingTogether, row: Model, *, condition: Any = None, **others: Any) -> None:
        kept = None if isinstance(row, Order) else condition
        update(self, row, condition=kept, **others)

    patch.setattr(WritingTogether, "update", updated)


def stock_that_is_free_before_the_intent_is_void(patch: pytest.MonkeyPatch) -> None:
    def taken(payment: Payment) -> Verdict:
        return gateway().confirm(payment.intent_id)

    patch.setattr(payment, "take_money", taken)


def a_letter_that_is_sent_whoever_has_sent_it(patch: pytest.MonkeyPatch) -> None:
    update = idempotency.SentLetter.update

    def updated(self: idempotency.SentLetter, actions: Any, condition: Any = None) -> Any:
        return update(self, actions)

    patch.setattr(idempotency.SentLetter, "update", updated)


@pytest.mark.parametrize(
    ("plant", "invariants"),
    [
        (a_consumer_that_forgets_what_it_has_seen, {"N1"}),
        (a_status_that_is_written_whatever_it_was, {"M3", "S3", "E1", "C1", "S1", "M2", "S4"}),
        (stock_that_is_free_before_the_intent_is_void, {"M3"}),
        (a_letter_that_is_sent_whoever_has_sent_it, {"E3"}),
    ],
    ids=lambda it: it.__name__ if callable(it) else "",
)
def test_a_planted_bug_is_called_by_name(
    plant: Plant, invariants: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)

    for seed in range(1, ENOUGH_TO_NOTICE):
        if found := {it.invariant for it in play(seed).breaches}:
            assert found & invariants, found
            return
    pytest.fail(f"{ENOUGH_TO_NOTICE} schedules did not notice it.")
