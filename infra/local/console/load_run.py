"""Place a bounded number of demo orders, one run at a time, and count what happens."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock, Thread

from infra.user_error import UserError

SIZES = (10, 50)
PARALLEL = 2  # orders at the same time


@dataclass
class LoadRun:
    """``errors`` counts the failed orders by their reason."""

    size: int
    started: float = field(default_factory=time.monotonic)
    ended: float = 0
    placed: int = 0
    stopped: bool = False
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def is_running(self) -> bool:
        return not self.ended

    @property
    def failed(self) -> int:
        return self.errors.total()

    @property
    def seconds(self) -> float:
        return (self.ended or time.monotonic()) - self.started


class LoadRunner:
    """Keeps the latest run; ``place_order`` gets the number of the order in the run."""

    def __init__(self, place_order: Callable[[int], object]) -> None:
        self._place_order = place_order
        self._lock = Lock()
        self.run: LoadRun | None = None

    def start(self, size: int) -> bool:
        """Start a run in the background. Returns whether none was running."""
        with self._lock:
            if self.run and self.run.is_running:
                return False
            self.run = LoadRun(size)
        Thread(target=self._place_all, args=[self.run], name="load", daemon=True).start()
        return True

    def stop(self) -> None:
        """Orders that are being placed are finished, and no further ones begin."""
        if self.run:
            self.run.stopped = True

    def _place_all(self, run: LoadRun) -> None:
        try:
            with ThreadPoolExecutor(PARALLEL) as pool:
                for number in range(run.size):
                    pool.submit(self._place, run, number)
        finally:
            run.ended = time.monotonic()

    def _place(self, run: LoadRun, number: int) -> None:
        if run.stopped:
            return
        failed: list[str] = []
        try:
            self._place_order(number)
        except Exception as error:  # the run goes on, and shows the error
            failed = [str(error) if isinstance(error, UserError) else type(error).__name__]
        with self._lock:
            run.placed += not failed
            run.errors.update(failed)
