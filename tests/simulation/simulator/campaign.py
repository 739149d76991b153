"""Many schedules, on all processors, added up."""

import gc
import multiprocessing
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import batched

from tests.simulation.simulator.schedule import play

AT_A_TIME = 10


@dataclass
class Tally:
    """What came of the schedules; ``broken`` has those with a breach, by their seed."""

    schedules: int = 0
    calls: int = 0
    fewest: int = 10**9
    faults: Counter[str] = field(default_factory=Counter)
    orders: Counter[str] = field(default_factory=Counter)
    broken: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        self.schedules += other.schedules
        self.calls += other.calls
        self.fewest = min(self.fewest, other.fewest)
        self.faults += other.faults
        self.orders += other.orders
        self.broken |= other.broken

    def lines(self) -> Iterator[str]:
        yield f"schedules {self.schedules}, calls of AWS {self.calls}"
        yield f"orders {_listed(self.orders)}"
        yield f"faults {self.faults.total()}, {self.fewest} at least in a schedule"
        yield from (f"  {times:>8}  {kind}" for kind, times in self.faults.most_common())
        for seed, breaches in sorted(self.broken.items()):
            yield f"seed {seed}: " + "; ".join(breaches[:3])
            yield f"  to see it happen: shop replay {seed}"
        yield f"breaches {sum(map(len, self.broken.values()))}"


def played(seeds: Iterable[int]) -> Tally:
    """One after another, in this process."""
    tally = Tally()
    for seed in seeds:
        result = play(seed)
        broken = {seed: tuple(map(str, result.breaches))} if result.breaches else {}
        happened = result.faults.total()
        tally.add(Tally(1, result.calls, happened, result.faults, result.orders, broken))
    return tally


def campaign(seeds: Iterable[int], *, processes: int) -> Iterator[Tally]:
    """The tally so far, each time that some more have been played."""
    tally = Tally()
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, spawned, begin) as pool:
        for more in pool.map(played, batched(seeds, AT_A_TIME)):
            tally.add(more)
            yield tally


def begin() -> None:
    """A process of its own: it must not know any account either."""
    import tests.conftest  # noqa: F401

    gc.freeze()
    gc.set_threshold(100_000)  # a schedule makes little waste, and looking for it takes a sixth


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in counted.most_common())
