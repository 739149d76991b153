"""Runs many schedules on all processors and adds up their results."""

import gc
import multiprocessing
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import batched

from tests.simulation.simulator.schedule import run_schedule

BATCH_SIZE = 10
HASH_SEED = "0"


@dataclass
class CampaignSummary:
    """The results of many schedules. ``failures`` maps a seed to its broken invariants."""

    schedules: int = 0
    calls: int = 0
    min_faults: int = 10**9  # in any one schedule
    faults: Counter[str] = field(default_factory=Counter)
    orders: Counter[str] = field(default_factory=Counter)
    failures: dict[int, tuple[str, ...]] = field(default_factory=dict)
    digests: dict[int, str] = field(default_factory=dict)  # of the traces, by seed

    @property
    def progress(self) -> int:
        return self.schedules

    def add(self, other: "CampaignSummary") -> None:
        self.schedules += other.schedules
        self.calls += other.calls
        self.min_faults = min(self.min_faults, other.min_faults)
        self.faults += other.faults
        self.orders += other.orders
        self.failures |= other.failures
        self.digests |= other.digests

    def lines(self) -> Iterator[str]:
        yield f"schedules {self.schedules}, AWS calls {self.calls}"
        yield f"orders {_listed(self.orders)}"
        yield f"faults {self.faults.total()}, at least {self.min_faults} in each schedule"
        yield from (f"  {times:>8}  {kind}" for kind, times in self.faults.most_common())
        for seed, violations in sorted(self.failures.items()):
            yield f"seed {seed}: " + "; ".join(list(dict.fromkeys(violations))[:3])
            yield f"  reproduce with: shop replay {seed} (trace {self.digests[seed]})"
        yield f"violations {sum(map(len, self.failures.values()))}"


def run_schedules(seeds: Iterable[int]) -> CampaignSummary:
    """Run them one after another, in this process."""
    summary = CampaignSummary()
    for seed in seeds:
        result = run_schedule(seed)
        failures = {seed: tuple(map(str, result.violations))} if result.violations else {}
        total, digests = result.faults.total(), {seed: result.digest}
        summary.add(
            CampaignSummary(1, result.calls, total, result.faults, result.orders, failures, digests)
        )
    return summary


def run_campaign(seeds: Iterable[int], *, processes: int) -> Iterator[CampaignSummary]:
    """The summary so far, each time that another batch of schedules has finished."""
    summary = CampaignSummary()
    with process_pool(processes) as pool:
        for finished in pool.map(run_schedules, batched(seeds, BATCH_SIZE)):
            summary.add(finished)
            yield summary


@contextmanager
def process_pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Worker processes in which a simulation runs as it does alone, whatever ran before."""
    before = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = HASH_SEED  # the order of a set depends on it
    spawn = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(processes, spawn, init_process) as pool:
            yield pool
    finally:
        os.environ.pop("PYTHONHASHSEED")
        if before is not None:
            os.environ["PYTHONHASHSEED"] = before


def init_process() -> None:
    """Prepare a worker process: no AWS credentials, and rare garbage collection."""
    import tests.conftest  # noqa: F401

    gc.freeze()
    gc.set_threshold(100_000)  # a schedule leaves little garbage, and collecting took a sixth


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in counted.most_common())
