"""One random schedule: the seed chooses the actors, the faults and the order of all calls."""

from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

from app.payments.fake_gateway import ForcedOutcome
from app.shipping.fake_carrier import FORCED_OUTCOME_ID, ShipmentRecord
from infra.local.faults.outages import SERVICES, Outage, OutageKind, Service
from tests.builders import NOON
from tests.simulation.simulator.actors import Actors
from tests.simulation.simulator.intruder import Intruder
from tests.simulation.simulator.provider_webhooks import ProviderWebhooks
from tests.simulation.simulator.returns import Returns
from tests.simulation.simulator.run import SECOND_MERCHANT, Result, Simulation
from tests.simulation.simulator.scheduler import Callback
from tests.simulation.simulator.versions import newer_code_beside

FAULT_PHASE = timedelta(minutes=20)
# Shortly before a month, a year, and both changes of daylight saving begin in the shop's time zone.
STARTS = (
    NOON,
    datetime(2031, 6, 30, 21, 50, tzinfo=UTC),
    datetime(2031, 10, 26, 0, 50, tzinfo=UTC),
    datetime(2031, 12, 31, 22, 50, tzinfo=UTC),
    datetime(2032, 3, 28, 0, 50, tzinfo=UTC),
)
KINDS: tuple[OutageKind, ...] = ("throttled", "unavailable")
MINUTES, HOURS = (5, 30), (1, 12)  # of an outage; most of them last for minutes
OPERATOR_RATE, SUBSCRIPTION_FAILURE_RATE, NEWER_CODE_RATE = 0.2, 0.5, 0.1


def run_schedule(seed: int) -> Result:
    return RandomSchedule(seed).run()


class RandomSchedule(Simulation):
    """Every choice follows from the seed: also the time of day, and whether an operator helps."""

    def __init__(self, seed: int) -> None:
        self.choices = Random(f"schedule {seed}")
        self.has_operator = self.choices.random() < OPERATOR_RATE
        self.seed = seed
        super().__init__(seed, self.choices.choice(STARTS))
        self.phase_end = self.scheduler.now + FAULT_PHASE

    def set_up(self) -> None:
        self.faults.suspended = True
        Actors(self.cloud).start()
        ProviderWebhooks(self.cloud, self.seed).plan()
        Returns(self.cloud, self.seed).plan()
        self.faults.suspended = False

    def run(self) -> Result:
        with newer_code_beside(self.faults, NEWER_CODE_RATE):
            return super().run()

    def run_fault_phase(self) -> None:
        self._plan_provider_faults()
        self._plan_outage()
        self._plan_unreachable_queue()
        self._plan_poison_messages()
        Intruder(self.cloud, self.choices).plan()
        self.scheduler.run(self.scheduler.now + FAULT_PHASE)
        self._start_recovery()
        self.scheduler.run(self.phase_end)

    def _plan_provider_faults(self) -> None:
        """For a while the provider or the carrier fail, or the stream loses records."""
        random = self.scheduler.random
        for kind, (begin, end) in self._provider_faults().items():
            if self.faults.occurs(kind, 0.3):
                start = random.uniform(0, 300)
                self.scheduler.after(start, begin, background=True)
                self.scheduler.after(start + random.uniform(30, 400), end, background=True)

    def _provider_faults(self) -> dict[str, tuple[Callback, Callback]]:
        provider = ("pm_provider_down", "pm_times_out_after_capture", "pm_declined")
        method = self.scheduler.random.choice(provider)
        outcome, shipment = (
            ForcedOutcome(FORCED_OUTCOME_ID, method=method),
            ShipmentRecord(FORCED_OUTCOME_ID),
        )
        stream = self.cloud.stream
        return {
            f"provider: {method}": (outcome.save, outcome.delete),
            "carrier silent": (shipment.save, shipment.delete),
            "stream silent": (stream.silence, stream.resume),
        }

    def _plan_outage(self) -> None:
        """In every third schedule one service fails for minutes, and sometimes for hours."""
        random = self.choices
        if random.random() < 0.33:
            is_long = random.random() < 0.1
            minutes = random.uniform(*HOURS) * 60 if is_long else random.uniform(*MINUTES)
            start = self.scheduler.now + timedelta(seconds=random.uniform(0, 600))
            service: Service = random.choice(SERVICES)
            kind = random.choice(KINDS)
            outage = Outage(service, start, timedelta(minutes=minutes), kind)
            self.faults.add_outage(outage)
            self.phase_end = max(self.phase_end, outage.end)

    def _plan_unreachable_queue(self) -> None:
        """SNS cannot deliver to one queue: it retries, or the subscription's DLQ gets the message.

        Only an operator brings back what is in the dead-letter queue.
        """
        random = self.choices
        if random.random() < 0.25:
            queue = self.cloud.queues[random.choice(list(self.cloud.queues))]
            queue.unreachable_until = self.scheduler.now + timedelta(minutes=random.uniform(1, 15))
            queue.refuses_delivery = (
                self.has_operator and random.random() < SUBSCRIPTION_FAILURE_RATE
            )
            self.faults.record("queue unreachable")

    def _plan_poison_messages(self) -> None:
        random = self.scheduler.random
        for name in random.sample(list(self.cloud.queues), 2):
            if random.random() < 0.3:
                send = partial(self.cloud.send_poison_message, name)
                self.scheduler.after(random.uniform(0, 600), send)
        if self.choices.random() < 0.15:
            self.cloud.refused_addresses.add(SECOND_MERCHANT)

    def _start_recovery(self) -> None:
        self.faults.suspended = True
        ForcedOutcome(FORCED_OUTCOME_ID).delete()
        ShipmentRecord(FORCED_OUTCOME_ID).delete()
        self.cloud.stream.resume()
        self.scheduler.log("-- no more faults from now on, but an outage may last --")
