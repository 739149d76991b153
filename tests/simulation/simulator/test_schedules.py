"""Random schedules with faults keep every invariant; an injected defect breaks a known one."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from pynamodb.models import Model

from app.orders import payment
from app.orders.models import Order
from app.payments.gateway import PaymentOutcome, gateway
from app.payments.models import Payment
from app.persistence import idempotency
from app.persistence.dynamodb import RetryingTransaction
from tests.printed_figures import PrintFigure
from tests.simulation.simulator.campaign import run_campaign
from tests.simulation.simulator.faults import MIN_FAULTS
from tests.simulation.simulator.schedule import run_schedule

SCHEDULES = 500
MAX_SCHEDULES_TO_FIND = 60

type InjectDefect = Callable[[pytest.MonkeyPatch], None]


def test_random_schedules_keep_every_invariant(print_figure: PrintFigure) -> None:
    *_, summary = run_campaign(range(1, SCHEDULES + 1), processes=os.cpu_count() or 1)
    print_figure("\n".join(summary.lines()))

    assert summary.schedules == SCHEDULES
    assert summary.min_faults >= MIN_FAULTS
    assert summary.failures == {}


def test_same_seed_makes_the_same_trace() -> None:
    first, second = run_schedule(7), run_schedule(7)

    assert first.trace == second.trace
    assert len(first.trace) > 100


def consumer_without_deduplication(patch: pytest.MonkeyPatch) -> None:
    save = RetryingTransaction.save

    def save_unconditionally(self: RetryingTransaction, row: Model, **options: Any) -> None:
        save(self, row, **({} if isinstance(row, idempotency.ProcessedEvent) else options))

    patch.setattr(RetryingTransaction, "save", save_unconditionally)


def unconditional_status_write(patch: pytest.MonkeyPatch) -> None:
    update = RetryingTransaction.update

    def update_orders_unconditionally(
        self: RetryingTransaction, row: Model, *, condition: Any = None, **options: Any
    ) -> None:
        condition = None if isinstance(row, Order) else condition
        update(self, row, condition=condition, **options)

    patch.setattr(RetryingTransaction, "update", update_orders_unconditionally)


def stock_released_before_the_intent_is_void(patch: pytest.MonkeyPatch) -> None:
    def confirm_only(payment: Payment) -> PaymentOutcome:
        return gateway().confirm(payment.intent_id)

    patch.setattr(payment, "capture_payment", confirm_only)


def email_without_send_lease(patch: pytest.MonkeyPatch) -> None:
    update = idempotency.EmailDelivery.update

    def update_unconditionally(
        self: idempotency.EmailDelivery, actions: Any, condition: Any = None
    ) -> Any:
        return update(self, actions)

    patch.setattr(idempotency.EmailDelivery, "update", update_unconditionally)


@pytest.mark.parametrize(
    ("inject_defect", "invariants"),
    [
        (consumer_without_deduplication, {"N1"}),
        (unconditional_status_write, {"M3", "S3", "E1", "C1", "S1", "M2", "S4"}),
        (stock_released_before_the_intent_is_void, {"M3"}),
        (email_without_send_lease, {"E3"}),
    ],
    ids=lambda it: it.__name__ if callable(it) else "",
)
def test_an_injected_defect_breaks_a_known_invariant(
    inject_defect: InjectDefect, invariants: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    inject_defect(monkeypatch)

    for seed in range(1, MAX_SCHEDULES_TO_FIND):
        if found := {it.rule for it in run_schedule(seed).violations}:
            assert found & invariants, found
            return
    pytest.fail(f"{MAX_SCHEDULES_TO_FIND} schedules did not find it.")
