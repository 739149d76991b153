"""Each story told again and again: in each telling functions die at one call more, or at two.

A crash point is a call of the story as it goes well, and whether its function dies before or after
it; a run of a function that is just the same in an earlier story is not tried again. A pair is a
crash point and one of the calls that follow in that telling, those of the recovery included.
"""

import multiprocessing
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from random import Random

from tests.simulation.simulator.admin_actions import BUTTONS
from tests.simulation.simulator.campaign import begin
from tests.simulation.simulator.crash_runs import Mortal, Tale
from tests.simulation.simulator.crashes import Death
from tests.simulation.simulator.scenarios import ORDERS
from tests.simulation.simulator.uploads import UPLOADS

NONE, ALL = 0, 10**9
TALES: tuple[Tale, ...] = (*ORDERS, *BUTTONS, *UPLOADS)
ANY_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


@dataclass
class Tally:
    """What came of the tellings; ``broken`` has those that went wrong, by their names."""

    points: Counter[str] = field(default_factory=Counter)  # by the function that died
    pairs: int = 0
    letters_again: int = 0
    broken: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        self.points += other.points
        self.pairs += other.pairs
        self.letters_again += other.letters_again
        self.broken |= other.broken

    def lines(self) -> Iterator[str]:
        tried = self.points.total()
        lost = len({name for name in self.broken if name.count("/") == 1})
        yield f"crash points {tried}, recovered {tried - lost}"
        if self.pairs:
            yield f"pairs {self.pairs}, recovered {self.pairs - len(self.broken) + lost}"
        yield ", ".join(f"{name} {times}" for name, times in self.points.most_common())
        yield f"letters sent once more, by a death before they were marked: {self.letters_again}"
        for name, breaches in sorted(self.broken.items()):
            yield f"{name}: " + "; ".join(breaches[:3])
            yield f"  to see it happen: shop replay {name}"


@dataclass(frozen=True)
class Task:
    """One crash point of a story, and how many of its pairs are to be tried, drawn by ``seed``."""

    tale: Tale
    death: Death
    pairs: int
    seed: int = 1

    def tried(self) -> Tally:
        tally = Tally()
        alone, function = self._told(tally, (self.death,))
        tally.points[function] += 1
        seconds = [
            Death(call, when)
            for call in range(self.death.call + 1, alone + 1)
            for when in ("before", "after")
        ]
        drawn = Random(f"{self.seed} {self.death} {self.tale.name}")
        chosen = seconds if self.pairs >= len(seconds) else drawn.sample(seconds, self.pairs)
        for second in chosen:
            self._told(tally, (self.death, second))
            tally.pairs += 1
        return tally

    def _told(self, tally: Tally, deaths: tuple[Death, ...]) -> tuple[int, str]:
        """How many calls there were, and whose the first death was."""
        telling = self.tale.told(deaths)
        if wrong := telling.wrong():
            tally.broken[name_of(self.tale, deaths)] = wrong
        tally.letters_again += len(telling.cloud.books().may_repeat)
        return len(telling.weather.calls), telling.weather.calls[deaths[0].call - 1].function


def points_of(tale: Tale, known: set[str]) -> Iterator[Death]:
    """The crash points of those runs that are not ``known`` yet."""
    telling = tale.told()
    wrong = telling.wrong()
    assert not wrong, (tale.name, wrong)
    runs: dict[int, list[str]] = defaultdict(list)
    for call in telling.weather.calls:
        runs[call.run].append(f"{call.function}: {ANY_ID.sub('', call.what)}")
    fresh = {run for run, calls in runs.items() if "; ".join(calls) not in known}
    known.update("; ".join(calls) for calls in runs.values())
    for number, call in enumerate(telling.weather.calls, 1):
        if call.run in fresh:
            yield Death(number, "before")
            yield Death(number, "after")


def tasks(tales: Iterable[Tale], *, pairs: int = NONE) -> list[Task]:
    """Each crash point once, though a later story may come by it again."""
    known: set[str] = set()
    return [Task(tale, death, pairs) for tale in tales for death in points_of(tale, known)]


def all_tasks(tales: Iterable[Tale], *, pairs: int = NONE) -> list[Task]:
    """Every call of every story, whether it is made in another in just the same way or not."""
    return [Task(tale, death, pairs) for tale in tales for death in points_of(tale, set())]


def crashes(given: Sequence[Task], *, processes: int) -> Iterator[Tally]:
    """The tally so far, each time that some more have been tried."""
    tally = Tally()
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, spawned, begin) as pool:
        for more in pool.map(Task.tried, given, chunksize=4):
            tally.add(more)
            yield tally


def name_of(tale: Tale, deaths: Iterable[Death]) -> str:
    """As `shop replay` takes it: ``an-order-is-shipped/before-17/after-20``."""
    return "/".join([slug_of(tale), *(f"{it.when}-{it.call}" for it in deaths)])


def slug_of(tale: Tale) -> str:
    return re.sub(r"\W+", "-", tale.name)


def named(name: str) -> Mortal:
    slug, *deaths = name.split("/")
    (tale,) = (it for it in TALES if slug_of(it) == slug)
    return tale.told([_death(it) for it in deaths])


def _death(text: str) -> Death:
    when, _, call = text.partition("-")
    return Death(int(call), "before" if when == "before" else "after")
