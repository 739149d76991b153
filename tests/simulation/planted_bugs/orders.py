"""Planted bugs of checkout, stock, payment, cancellation, shipping and reconciliation."""

from datetime import datetime
from typing import Any

import pytest
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from app.errors import Conflict
from app.inventory import reservations
from app.inventory.models import LedgerEntry, Stock
from app.orders import cancellation, checkout, payment, shipping
from app.orders.checkout import OrderRequest
from app.orders.models import Order
from app.orders.reconciliation import start_next_run
from app.payments.gateway import PaymentOutcome, gateway
from app.payments.models import Payment
from app.persistence.dynamodb import RetryingTransaction
from tests.simulation.planted_bugs.searches import (
    Registry,
    crashes_of,
    late_captures,
    outage,
    schedules,
)
from tests.simulation.simulator.admin_actions import ACTIONS
from workers import workflow_runs

ORDERS = Registry()
(RECEIVE_STOCK,) = (action for action in ACTIONS if action.route.endswith("/receive-stock"))

type Patch = pytest.MonkeyPatch


@ORDERS.found_by(schedules(second_submit="double click"), "A4")
def order_refused_as_expired_though_placed(patch: Patch) -> None:
    save = checkout._save

    def save_or_refuse(*args: Any) -> None:
        if save(*args) is not None:
            raise Conflict("This form has expired. Please check out again.")

    patch.setattr(checkout, "_save", save_or_refuse)


@ORDERS.found_by(schedules(second_submit="corrected address"), "A5")
def fingerprint_without_the_address(patch: Patch) -> None:
    def fingerprint(self: OrderRequest, lines: str = "") -> str:
        return f"{self.email} {self.payment_method} {lines}"

    patch.setattr(OrderRequest, "fingerprint", fingerprint)


@ORDERS.found_by(schedules(), "R1", "A4")
def eventually_consistent_read_of_the_order(patch: Patch) -> None:
    _read_eventually(patch, Order)


@ORDERS.found_by(schedules(), "R1")
def eventually_consistent_read_of_the_payment(patch: Patch) -> None:
    _read_eventually(patch, Payment)


def _read_eventually(patch: Patch, model: type[Model]) -> None:
    get = model.get

    def get_eventually(*keys: Any, **options: Any) -> Any:
        return get(*keys, **(options | {"consistent_read": False}))

    patch.setattr(model, "get", get_eventually)


@ORDERS.found_by(schedules(), "S1", "S3", "L1")
def shards_released_to_the_wrong_row(patch: Patch) -> None:
    release = reservations.release

    def release_first(transaction: TransactWrite, stock_key: str, quantity: int) -> None:
        release(transaction, stock_key.partition("#")[0], quantity)

    patch.setattr(reservations, "release", release_first)


@ORDERS.found_by(schedules(), "S1", "S3")
def sold_units_stay_reserved(patch: Patch) -> None:
    def commit(transaction: TransactWrite, stock_key: str, quantity: int) -> None:
        transaction.update(Stock(stock_key), actions=[Stock.sold.add(quantity)])

    patch.setattr(reservations, "commit", commit)


@ORDERS.found_by(crashes_of("admin", RECEIVE_STOCK), "unexpected")
def delivery_without_idempotency_key(patch: Patch) -> None:
    save = RetryingTransaction.save

    def save_unconditionally(self: RetryingTransaction, row: Model, **options: Any) -> None:
        save(self, row, **({} if isinstance(row, LedgerEntry) else options))

    patch.setattr(RetryingTransaction, "save", save_unconditionally)


@ORDERS.found_by(late_captures(), "M3")
def decline_ignores_a_late_capture(patch: Patch) -> None:
    def capture(row: Payment) -> PaymentOutcome:
        outcome = gateway().confirm(row.intent_id)
        if outcome.state == "declined":
            gateway().void(row.intent_id)
        return outcome

    patch.setattr(payment, "capture_payment", capture)


@ORDERS.found_by(schedules(), "M3")
def stock_released_before_the_intent_is_void(patch: Patch) -> None:
    def confirm_only(row: Payment) -> PaymentOutcome:
        return gateway().confirm(row.intent_id)

    patch.setattr(payment, "capture_payment", confirm_only)


@ORDERS.found_by(schedules(), "M2", "M3", "S1", "S3", "S4", "E1", "C1")
def unconditional_status_write(patch: Patch) -> None:
    update = RetryingTransaction.update

    def update_unconditionally(
        self: RetryingTransaction, row: Model, *, condition: Any = None, **options: Any
    ) -> None:
        condition = None if isinstance(row, Order) else condition
        update(self, row, condition=condition, **options)

    patch.setattr(RetryingTransaction, "update", update_unconditionally)


@ORDERS.found_by(schedules(), "C2")
def cancellation_refused_once_payment_has_started(patch: Patch) -> None:
    patch.setattr(cancellation, "PAYMENT_STARTED", ())


@ORDERS.found_by(schedules(cancelled_during="Ship", method="pm_succeeds"), "C1")
def shipping_ignores_the_cancellation(patch: Patch) -> None:
    def is_packed(*, packing_until: datetime | None, cancel_requested: bool, now: datetime) -> bool:
        return packing_until is not None and packing_until <= now

    def only_packed(now: datetime) -> Condition:
        packed: Condition = Order.packing_until <= now
        return packed

    patch.setattr(shipping, "is_ready_to_ship", is_packed)
    patch.setattr(shipping, "_is_shippable", only_packed)


@ORDERS.found_by(outage("carrier-throttled-for-12h"), "L1")
def lifetime_limit_on_workflow_runs(patch: Patch) -> None:
    def start_limited(order: Order) -> int | None:
        return start_next_run(order) if order.current_run < 10 else None

    patch.setattr(workflow_runs, "start_next_run", start_limited)
