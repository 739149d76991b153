"""Planted bugs of returns: refunded twice, restocked twice, refunded above what was paid."""

from collections import Counter
from typing import Any

import pytest
from pynamodb.transactions import TransactWrite

from app.inventory import reservations
from app.orders.models import Order, OrderLine
from app.orders.return_rows import Return
from app.payments.fake_gateway import FakePaymentGateway, Intent, a_refund, append_refund
from app.payments.gateway import ProviderPayment, ProviderRefund
from app.persistence.dynamodb import RetryingTransaction, retrying_transaction
from app.returns import amounts, refunds, requests
from tests.simulation.planted_bugs.searches import Registry, Violations, crashes_of, schedules
from tests.simulation.simulator import provider_webhooks, returns
from tests.simulation.simulator.return_runs import RETURN
from workers import reconcile

RETURNS = Registry()
RECONCILE = crashes_of("reconcile", RETURN)

type Patch = pytest.MonkeyPatch


def with_returns() -> Violations:
    """Random schedules in which customers return units."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(returns, "RATE", 1.0)
        yield from schedules()()


def with_returns_and_webhooks() -> Violations:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provider_webhooks, "RATE", 1.0)
        patch.setattr(provider_webhooks, "SECONDS", (200, 1_200))
        yield from with_returns()


@RETURNS.found_by(RECONCILE, "RT2", "RT3")
def refund_with_another_key_at_each_attempt(patch: Patch) -> None:
    attempts = Counter[str]()

    def reference(order_id: str, number: int) -> str:
        attempts[order_id] += 1
        return f"refund:{order_id}:{number}:{attempts[order_id]}"

    patch.setattr(refunds, "refund_reference", reference)


@RETURNS.found_by(RECONCILE, "RT2")
def refund_recorded_before_the_provider_is_called(patch: Patch) -> None:
    return_money, record = refunds._return_money, refunds._record

    def assume_success(row: Return, _: Any) -> refunds._Refund:
        amount = row.amount or 0
        return refunds._Refund("re_later", amount, amount)

    def record_then_refund(order: Order, row: Return, payment: Any, *others: Any) -> None:
        record(order, row, payment, *others)
        return_money(row, payment)

    patch.setattr(refunds, "_return_money", assume_success)
    patch.setattr(refunds, "_record", record_then_refund)


@RETURNS.found_by(RECONCILE, "S1", "S3", "E3")
def units_restocked_before_the_refund_is_recorded(patch: Patch) -> None:
    restock, record = reservations.restock, refunds._record

    def restock_then_record(order: Order, row: Return, *others: Any) -> None:
        with retrying_transaction() as transaction:
            for line in row.lines:
                for stock_key, units in line.restocked.items():
                    restock(transaction, stock_key, units)
        record(order, row, *others)

    patch.setattr(refunds, "_record", restock_then_record)
    patch.setattr(reservations, "restock", lambda *_: None)


@RETURNS.found_by(RECONCILE, "RT5", "E3")
def reconciliation_overlooks_returns(patch: Patch) -> None:
    patch.setattr(reconcile, "_check_return", lambda *_: Counter())


@RETURNS.found_by(with_returns, "RT1")
def more_units_are_returned_than_were_bought(patch: Patch) -> None:
    def all_units(order: Order, _: Any) -> amounts.Units:
        return {line.sku: line.quantity for line in order.lines}

    patch.setattr(requests, "returnable_units", all_units)


@RETURNS.found_by(with_returns, "RT3")
def each_return_refunds_the_whole_order(patch: Patch) -> None:
    def total(order: Order, *_: Any) -> int:
        return order.total

    patch.setattr(refunds, "max_refund", total)
    patch.setattr(returns, "max_refund", total)


@RETURNS.found_by(with_returns, "M4")
def provider_refunds_more_than_was_paid(patch: Patch) -> None:
    def refund_part(
        self: FakePaymentGateway, intent_id: str, amount: int, reference: str
    ) -> ProviderRefund:
        intent = Intent.get(f"intent#{intent_id}", consistent_read=True)
        refund = a_refund(intent.amount + amount, at=self.clock(), reference=reference)
        append_refund(intent, refund, Intent.record_id.exists())
        return refund

    patch.setattr(FakePaymentGateway, "refund_part", refund_part)


@RETURNS.found_by(with_returns, "RT1")
def two_returns_are_open_at_once(patch: Patch) -> None:
    patch.setattr(Return, "has_ended", True)
    patch.setattr(requests, "returnable_units", lambda order, _: {it.sku: 9 for it in order.lines})


@RETURNS.found_by(with_returns, "S3", "RT5")
def units_restocked_in_the_wrong_shard(patch: Patch) -> None:
    def first_row(line: OrderLine, _: Any, quantity: int) -> dict[str, int]:
        return {line.sku: quantity} if quantity else {}

    patch.setattr(refunds, "allocate_restock", first_row)


@RETURNS.found_by(with_returns, "S3")
def damaged_units_are_restocked(patch: Patch) -> None:
    restock = reservations.restock

    def restock_one_more(transaction: TransactWrite, stock_key: str, quantity: int) -> None:
        restock(transaction, stock_key, quantity + 1)

    patch.setattr(reservations, "restock", restock_one_more)


@RETURNS.found_by(with_returns_and_webhooks, "M3")
def order_forgets_refunds_that_others_made(patch: Patch) -> None:
    def own_only(self: ProviderPayment) -> int:
        return sum(it.amount for it in self.refunds if it.reference)

    patch.setattr(ProviderPayment, "refunded", property(own_only))


@RETURNS.found_by(with_returns, "RT4", "RT2", "E1", "S3")
def return_is_ended_without_a_condition(patch: Patch) -> None:
    update = RetryingTransaction.update

    def update_unconditionally(
        self: RetryingTransaction, row: Any, *, condition: Any = None, **options: Any
    ) -> None:
        condition = None if isinstance(row, Return | Order) else condition
        update(self, row, condition=condition, **options)

    patch.setattr(RetryingTransaction, "update", update_unconditionally)
