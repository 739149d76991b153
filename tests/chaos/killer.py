"""Kill functions and the local proxy with `kill -9`, which no process can handle."""

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

STEPS_PER_ROUND = (2, 8)  # requests answered between two kills, so that orders make progress
ROUND_TIMEOUT = 90  # seconds; functions killed more often than they start would never answer
PROXY_KILL_SHARE = 0.3  # of all rounds


class ProxyProcess:
    """The process of the local proxy, which can be killed and started again."""

    def __init__(self, cloud: LocalCloud, api_id: str, media_bucket: str) -> None:
        self._command = [sys.executable, "-m", "tests.chaos.proxy_process"]
        self._command += [str(cloud.state_dir.folder), api_id, media_bucket]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()


class Killer:
    """Kills processes in a thread of its own, and counts them in ``killed``."""

    def __init__(self, cloud: LocalCloud, proxy: ProxyProcess) -> None:
        self._cloud, self._proxy = cloud, proxy
        self.killed: Counter[str] = Counter()
        self._stopped = threading.Event()
        self._steps = threading.Semaphore(0)

    def record_progress(self) -> None:
        self._steps.release()

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self._run, name="killer")
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wait_for_progress()
            self.kill_processes(proxy=random.random() < PROXY_KILL_SHARE)

    def kill_processes(self, *, proxy: bool) -> None:
        """Kill all running functions and, if ``proxy``, the local proxy, which starts again."""
        self.killed["functions"] += sum(map(_kill, function_processes(self._cloud)))
        if proxy:
            self._proxy.kill()
            self._proxy.start()
            self.killed["local proxy"] += 1

    def _wait_for_progress(self) -> None:
        steps = random.randint(*STEPS_PER_ROUND)
        for _ in range(steps):
            self._steps.acquire(timeout=ROUND_TIMEOUT / steps)


def function_processes(cloud: LocalCloud) -> list[int]:
    """The emulator's child processes, by id: each runs one function or is idle."""
    with suppress(FileNotFoundError, ValueError):
        leader = int(cloud.state_dir.pid_file.read_text())
        return [pid for pid, group in groups() if group == leader and pid != leader]
    return []  # the cloud is being stopped or started


def _kill(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False
