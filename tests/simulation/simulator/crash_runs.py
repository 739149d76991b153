"""Plays in which functions die, at calls that are chosen; afterwards all must be as without it."""

from collections.abc import Collection, Iterator
from typing import Protocol

from tests.simulation.simulator.crashes import Death, Deaths
from tests.simulation.simulator.faults import Weather
from tests.simulation.simulator.run import Play, Result
from tests.simulation.simulator.world import World

SEED = 4


class Mortal(Play):
    """``weather.calls`` are the calls that were made, ``weather.died`` who did die."""

    weather: Deaths

    def __init__(self, deaths: Collection[Death] = (), troubles: Collection[str] = ()) -> None:
        self.deaths, self._troubles = deaths, troubles
        super().__init__(SEED)

    def weather_of(self, world: World) -> Weather:
        return Deaths(world.random, self.deaths, self._troubles)

    def wrong(self) -> tuple[str, ...]:
        """Play it: breaches, what is amiss besides, and a death that nobody died."""
        result = self.played()
        wrong = [*map(str, result.breaches), *self.amiss(result)]
        if len(self.weather.died) != len(self.deaths):
            wrong.append(f"died: {[str(it) for it in self.weather.died]}")
        return tuple(wrong)

    def amiss(self, result: Result) -> Iterator[str]:
        raise NotImplementedError


class Tale(Protocol):
    """Something that can be told with deaths in it, or without."""

    @property
    def name(self) -> str: ...

    def told(self, deaths: Collection[Death] = ()) -> Mortal: ...

    def __hash__(self) -> int: ...
