"""The folder where one local shop keeps everything it writes, and only one shop at a time."""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import TextIO

from infra.user_error import Trouble


class Home:
    """`.shop/` for the shop of a working tree, a temporary folder for a test's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.scratch = _scratch(folder)
        self.log = folder / "emulator.log"
        self.pid_file = folder / "emulator.pid"
        self.faults = folder / "faults.json"
        self._taken_back = folder / "taken-back.json"
        self.decisions = folder / "decisions.jsonl"
        self._running = folder / "running.json"
        self._starts = folder / "starts.json"
        self._lock: TextIO | None = None

    def move_in(self) -> None:
        """Raises `Trouble` when another shop lives here, which would spoil its saved state."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = (self.folder / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            raise Trouble(
                f"The shop of this folder is already open (process {lock.read()}): "
                "close that one first, with Ctrl-C where it runs."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def move_out(self) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)
        self._running.unlink(missing_ok=True)
        if self._lock:
            self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    def say_where(self, port: int, cloud_port: int) -> None:
        """For the other commands, which need to find the running shop."""
        self._running.write_text(json.dumps({"port": port, "cloud_port": cloud_port}))

    def where(self) -> tuple[int, int]:
        """Ports of the front door and of the cloud of the shop that runs here."""
        try:
            found = json.loads(self._running.read_text())
        except FileNotFoundError:
            raise Trouble("No shop is open here: start it with `make dev`.") from None
        return found["port"], found["cloud_port"]

    def holder(self) -> int:
        """The process that has moved in."""
        return int((self.folder / "lock").read_text())

    def note_start(self, kind: str, seconds: float) -> None:
        """How long the shop took to open; `kind` is "first", or "again" with restored state."""
        noted = self._noted_starts() | {kind: seconds}
        self._starts.write_text(json.dumps(noted))

    def started(self, kind: str) -> float | None:
        return self._noted_starts().get(kind)

    def _noted_starts(self) -> dict[str, float]:
        if not self._starts.exists():
            return {}
        noted: dict[str, float] = json.loads(self._starts.read_text())
        return noted

    def holds_usable_state(self) -> bool:
        """Whether saved state is there, written by this very version of the emulator."""
        made_by = self.state / "made-by"
        same = made_by.exists() and made_by.read_text() == _emulator()
        return same and any(self.state.glob("*.json"))

    def prepare(self) -> None:
        """What a killed emulator has left unpacked goes; the state says who writes it."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(mode=0o700)
        self.state.mkdir(exist_ok=True)
        self.decisions.unlink(missing_ok=True)
        (self.state / "made-by").write_text(_emulator())

    def forget(self) -> None:
        shutil.rmtree(self.state, ignore_errors=True)
        self._taken_back.unlink(missing_ok=True)

    def taken_back(self) -> frozenset[str]:
        """Orders that were there and never have been; letters about them still lie around."""
        there = self._taken_back.exists()
        return frozenset(json.loads(self._taken_back.read_text()) if there else ())

    def note_taken_back(self, order_ids: Iterable[str]) -> None:
        self._taken_back.write_text(json.dumps(sorted(self.taken_back().union(order_ids))))


def _scratch(folder: Path) -> Path:
    """Each function process unpacks its bundle: 2,000 files, made fastest where /tmp is.

    The name is the same each time, so that what a killed emulator leaves behind is found again.
    """
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"hearth-and-clay-{name}"


def _emulator() -> str:
    return f"ministack {version('ministack')}"
