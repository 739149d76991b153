"""Planted bugs of the provider's webhook: events that are lost, forgotten or followed by half."""

from typing import Any

import pytest

from app.orders import payment_events
from app.orders.models import Order
from app.payments.gateway import ProviderPayment
from tests.simulation.planted_bugs.searches import Registry, Violations, schedules
from tests.simulation.simulator import provider_webhooks

PAYMENT_EVENTS = Registry()

type Patch = pytest.MonkeyPatch


def with_webhooks() -> Violations:
    """Random schedules, each with changes at the provider."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provider_webhooks, "RATE", 1.0)
        yield from schedules()()


@PAYMENT_EVENTS.found_by(with_webhooks, "M3", "M6")
def event_acknowledged_while_the_order_is_in_motion(patch: Patch) -> None:
    bring_in_line = payment_events._bring_in_line

    def ignore_motion(*args: Any) -> None:
        try:
            bring_in_line(*args)
        except payment_events.OrderInMotion:
            return

    patch.setattr(payment_events, "_bring_in_line", ignore_motion)


@PAYMENT_EVENTS.found_by(with_webhooks, "M3")
def late_capture_kept(patch: Patch) -> None:
    def keep(_: Order, provided: ProviderPayment) -> ProviderPayment:
        return provided

    patch.setattr(payment_events, "_refunded_unless_shipped", keep)


@PAYMENT_EVENTS.found_by(with_webhooks, "M3")
def paid_order_ships_although_it_was_refunded(patch: Patch) -> None:
    patch.setattr(payment_events, "_follow_paid", lambda *_: None)


@PAYMENT_EVENTS.found_by(with_webhooks, "M6")
def decided_dispute_still_shown(patch: Patch) -> None:
    issue_changes = payment_events._issue_changes

    def only_open(order: Order, provided: ProviderPayment, now: Any) -> Any:
        return issue_changes(order, provided, now) if provided.dispute == "open" else []

    patch.setattr(payment_events, "_issue_changes", only_open)
