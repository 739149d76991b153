"""Outages and faults of the payment provider and the carrier, at their own interfaces.

Both are services of other companies: they fail independently of AWS, and whether a request without
an answer was executed is unknown.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from greenlet import getcurrent  # type: ignore[import-untyped]

from app.payments import fake_gateway
from app.payments.fake_gateway import FakePaymentGateway, Intent
from app.payments.gateway import GatewayUnavailable, PaymentOutcome
from app.shipping.carrier import CarrierUnavailable
from app.shipping.fake_carrier import FakeCarrier
from tests.simulation.simulator.calls import UNANSWERED_SECONDS
from tests.simulation.simulator.faults import Faults
from tests.simulation.simulator.scheduler import Invocation

LATE_CAPTURE = "captured after a decline"

type Method = Callable[..., Any]


@contextmanager
def patched_providers(faults: Faults) -> Iterator[None]:
    """Let every public method of both providers fail during their outages."""
    with ExitStack() as patches:
        for service, provider, error in (
            ("provider", FakePaymentGateway, GatewayUnavailable),
            ("carrier", FakeCarrier, CarrierUnavailable),
        ):
            for name, method in vars(provider).copy().items():
                if callable(method) and not name.startswith("_"):
                    failing = _failing_in_outages(method, service, error, faults)
                    patches.enter_context(patch.object(provider, name, failing))
        confirm = _with_late_captures(FakePaymentGateway.confirm, faults)
        patches.enter_context(patch.object(FakePaymentGateway, "confirm", confirm))
        yield


def _failing_in_outages(
    method: Method, service: str, error: type[Exception], faults: Faults
) -> Method:
    @wraps(method)
    def call(*args: Any, **options: Any) -> Any:
        invocation = getcurrent()
        if not isinstance(invocation, Invocation):
            return method(*args, **options)
        outage = faults.outage_of(service, invocation.scheduler.now)
        if outage is None:
            return method(*args, **options)
        if outage.kind == "responses lost":
            method(*args, **options)
        if outage.kind != "throttled":
            invocation.wait(invocation.scheduler.random.uniform(*UNANSWERED_SECONDS))
        invocation.scheduler.log(f"{invocation.name}: {method.__name__} {outage.kind}")
        raise error(outage.kind)

    return call


def _with_late_captures(confirm: Method, faults: Faults) -> Method:
    """Sometimes the bank declines, and an earlier attempt at the same payment is captured after."""

    @wraps(confirm)
    def call(provider: FakePaymentGateway, intent_id: str) -> PaymentOutcome:
        outcome: PaymentOutcome = confirm(provider, intent_id)
        in_schedule = isinstance(getcurrent(), Invocation)
        if outcome.state == "declined" and in_schedule and faults.occurs(LATE_CAPTURE, 0.2):
            intent = Intent.get(f"intent#{intent_id}", consistent_read=True)
            fake_gateway._set_state(intent, "captured")
        return outcome

    return call
