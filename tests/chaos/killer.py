"""Kill with `kill -9`, which nobody can hear coming: functions, and the front door."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from infra.local.cloud import LocalCloud
from infra.local.memory import groups

STEPS = (2, 8)  # that people get through from one round to the next: some progress there must be
AT_LATEST = 90  # seconds after the last round: whoever is killed while starting never gets up
DOOR_FALLS = 0.3  # the share of rounds in which it does


class Door:
    """The front door's process; killed, it is started again."""

    def __init__(self, cloud: LocalCloud, api_id: str, media_bucket: str) -> None:
        self._command = [sys.executable, "-m", "tests.chaos.proxy_process"]
        self._command += [str(cloud.home.folder), str(cloud.front_door_port), str(cloud.port)]
        self._command += [api_id, media_bucket]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()


class Killer:
    """Until the block ends; counts what it has killed."""

    def __init__(self, cloud: LocalCloud, door: Door) -> None:
        self._cloud, self._door = cloud, door
        self.killed: Counter[str] = Counter()
        self._over = threading.Event()
        self._steps = threading.Semaphore(0)

    def somebody_got_on(self) -> None:
        self._steps.release()

    @contextmanager
    def at_large(self) -> Iterator[None]:
        thread = threading.Thread(target=self._go_on, name="killer")
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _go_on(self) -> None:
        while not self._over.is_set():
            self._wait_for_progress()
            self.strike(door_too=random.random() < DOOR_FALLS)

    def strike(self, *, door_too: bool) -> None:
        self.killed["functions"] += sum(map(_kill, function_processes(self._cloud)))
        if door_too:
            self._door.kill()
            self._door.start()
            self.killed["front door"] += 1

    def _wait_for_progress(self) -> None:
        steps = random.randint(*STEPS)
        for _ in range(steps):
            self._steps.acquire(timeout=AT_LATEST / steps)


def function_processes(cloud: LocalCloud) -> list[int]:
    """All of the emulator's group but itself: each is one function at work, or waiting for some."""
    with suppress(FileNotFoundError, ValueError):
        leader = int(cloud.home.pid_file.read_text())
        return [pid for pid, group in groups() if group == leader and pid != leader]
    return []  # the cloud is being stopped or started


def _kill(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False
