"""One schedule: by its seed some people, some weather, then calm."""

from datetime import timedelta
from functools import partial

from app.payments.fake_gateway import Mood
from app.shipping.fake_carrier import MOOD, ParcelRow
from tests.simulation.simulator.people import People
from tests.simulation.simulator.run import Play, Result
from tests.simulation.simulator.world import Act

STORM = timedelta(minutes=20)


def play(seed: int) -> Result:
    return _Schedule(seed).played()


class _Schedule(Play):
    def begin(self) -> None:
        self.weather.calm = True
        People(self.cloud).come()
        self.weather.calm = False

    def storm(self) -> None:
        self._moods()
        self.world.run(self.world.now + STORM)
        self._calm_down()

    def _moods(self) -> None:
        """For a while provider or carrier misbehave towards all, or the stream stands still."""
        for kind, (begin, end) in self._troubles().items():
            if self.weather.strikes(kind, 0.3):
                start = self.world.random.uniform(0, 300)
                self.world.after(start, begin, lasting=True)
                self.world.after(start + self.world.random.uniform(30, 400), end, lasting=True)
        for name in self.world.random.sample(list(self.cloud.queues), 2):
            if self.world.random.random() < 0.3:
                self.world.after(
                    self.world.random.uniform(0, 600), partial(self.cloud.put_poison, name)
                )

    def _troubles(self) -> dict[str, tuple[Act, Act]]:
        provider = ("pm_provider_down", "pm_times_out_after_capture", "pm_declined")
        method = self.world.random.choice(provider)
        stream = self.cloud.stream
        return {
            f"provider: {method}": (Mood(MOOD, method=method).save, Mood(MOOD).delete),
            "carrier silent": (ParcelRow(MOOD).save, ParcelRow(MOOD).delete),
            "stream silent": (stream.fall_silent, stream.speak),
        }

    def _calm_down(self) -> None:
        self.weather.calm = True
        Mood(MOOD).delete()
        ParcelRow(MOOD).delete()
        self.cloud.stream.speak()
        self.world.tell("-- the weather is calm from now on --")
