"""People and banks at the payment provider: late captures, refunds, disputes, and their webhooks.

Each change is reported once or twice, at once or minutes later, so that events come early, late
and in any order. A delivery without a 2xx answer is repeated, as a real provider does for days.
"""

from datetime import datetime
from functools import partial
from random import Random

from app import clock
from app.orders.payment_events import follow_payment_event
from app.payments import sandbox_dashboard
from app.payments.sandbox_dashboard import Change
from app.payments.webhooks import read_payment_event, sign, verify_signature
from app.verification.snapshot import Row
from tests.simulation.simulator.clients import REQUEST_SECONDS
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.simulator.scheduler import Invocation, Outcome

SECRET = "the secret that provider and shop share"  # noqa: S105
RATE = 0.4  # of the schedules
SECONDS = (20, 1_200)  # in which the changes happen
REPEAT_SECONDS = (5, 120)
AT_BANK = ("open", "lost")


class ProviderWebhooks:
    """Changes payments of some orders at the provider. ``seed`` decides which, and when."""

    def __init__(self, cloud: Cloud, seed: int) -> None:
        self._cloud, self._scheduler = cloud, cloud.scheduler
        self._random = Random(f"provider webhooks {seed}")

    def plan(self) -> None:
        if self._random.random() < RATE:
            for _ in range(self._random.randint(1, 5)):
                self._scheduler.after(self._random.uniform(*SECONDS), self._change_a_payment)

    def _change_a_payment(self) -> None:
        intents = [it for rows in self._cloud.snapshot().intents_by_order.values() for it in rows]
        if intents:
            intent = self._random.choice(intents)
            self._report(self._random.choice(possible_changes(intent)), intent["order_id"])

    def _report(self, change: Change, order_id: str) -> None:
        name = getattr(change, "__name__", "close_dispute")
        self._cloud.faults.record(f"provider: {name}")
        body = change(order_id, now=self._scheduler.now)
        for _ in range(self._random.choice((1, 1, 2))):
            latest = self._random.choice((1, 1, 300))
            self._scheduler.after(self._random.uniform(0, latest), partial(self._deliver, body))
        if change == sandbox_dashboard.open_dispute and self._random.random() < 0.7:
            decide = partial(sandbox_dashboard.close_dispute, won=self._random.random() < 0.5)
            seconds = self._random.uniform(0, self._random.choice((0.5, 600)))
            self._scheduler.after(seconds, partial(self._report, decide, order_id))

    def _deliver(self, body: bytes) -> None:
        signature = sign(body, SECRET, at=self._scheduler.now)

        def receive(_: Invocation) -> None:
            now = clock.now()
            verify_signature(signature, body, SECRET, now=now)
            event = read_payment_event(body)
            assert event
            follow_payment_event(event, now=now)

        def repeat_unless_done(outcome: Outcome) -> None:
            if outcome.error:
                seconds = self._random.uniform(*REPEAT_SECONDS)
                self._scheduler.after(seconds, partial(self._deliver, body))

        webhook = self._scheduler.invoke("webhook", receive, seconds=REQUEST_SECONDS)
        webhook.clock_skew = self._cloud.faults.clock_skew()
        webhook.on_finish = repeat_unless_done


def possible_changes(intent: Row) -> list[Change]:
    """What can happen to this payment: money that was not taken is neither refunded nor disputed.

    A capture by our own call is reported as well.
    """
    changes: list[Change] = [sandbox_dashboard.capture_late]
    if intent["state"] == "captured" and intent.get("dispute") not in AT_BANK:
        changes += [sandbox_dashboard.refund_payment, refund_a_part, sandbox_dashboard.open_dispute]
    return changes


def refund_a_part(order_id: str, *, now: datetime) -> bytes:
    """A goodwill refund. The order ships, and its units can still be returned."""
    return sandbox_dashboard.refund_payment(order_id, now=now, cents=500)
