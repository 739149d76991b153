"""One random schedule: the seed chooses the actors, the faults and the order of all calls."""

from datetime import timedelta
from functools import partial

from app.payments.fake_gateway import ForcedOutcome
from app.shipping.fake_carrier import FORCED_OUTCOME_ID, ShipmentRecord
from tests.simulation.simulator.actors import Actors
from tests.simulation.simulator.run import Result, Simulation
from tests.simulation.simulator.scheduler import Callback

FAULT_PHASE = timedelta(minutes=20)


def run_schedule(seed: int) -> Result:
    return _RandomSchedule(seed).run()


class _RandomSchedule(Simulation):
    def set_up(self) -> None:
        self.faults.suspended = True
        Actors(self.cloud).start()
        self.faults.suspended = False

    def run_fault_phase(self) -> None:
        self._plan_outages()
        self.scheduler.run(self.scheduler.now + FAULT_PHASE)
        self._start_recovery()

    def _plan_outages(self) -> None:
        """For a while the provider or the carrier fail, or the stream loses records."""
        random = self.scheduler.random
        for kind, (begin, end) in self._outages().items():
            if self.faults.occurs(kind, 0.3):
                start = random.uniform(0, 300)
                self.scheduler.after(start, begin, background=True)
                self.scheduler.after(start + random.uniform(30, 400), end, background=True)
        for name in random.sample(list(self.cloud.queues), 2):
            if random.random() < 0.3:
                send = partial(self.cloud.send_poison_message, name)
                self.scheduler.after(random.uniform(0, 600), send)

    def _outages(self) -> dict[str, tuple[Callback, Callback]]:
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

    def _start_recovery(self) -> None:
        self.faults.suspended = True
        ForcedOutcome(FORCED_OUTCOME_ID).delete()
        ShipmentRecord(FORCED_OUTCOME_ID).delete()
        self.cloud.stream.resume()
        self.scheduler.log("-- no more faults from now on --")
