"""The folder in which one local shop keeps its state, locked against a second shop."""

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

from infra.user_error import UserError

# Raise this when saved state of an older version cannot be used, for example because tables,
# queues or attributes have new names.
LAYOUT_VERSION = 8


class StateDir:
    """``.shop/`` for the shop of a working tree, a temporary folder for a test's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.scratch = _scratch_folder(folder)
        self.log = folder / "emulator.log"
        self.pid_file = folder / "emulator.pid"
        self.faults = folder / "faults.json"
        self.decisions = folder / "decisions.jsonl"
        self.operator_key = folder / "operator-key.json"
        self._version = folder / "version.txt"
        self._lock_file = folder / "lock"
        self._undone_orders = folder / "undone-orders.json"
        self._ports = folder / "ports.json"
        self._starts = folder / "starts.json"
        self._lock: TextIO | None = None

    def acquire(self) -> None:
        """Lock the folder, and close it to other users of this machine.

        Raises ``UserError`` if another shop uses it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        lock = self._lock_file.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            raise UserError(
                f"The shop of this folder is already running (process {lock.read()}): "
                "stop it first, with Ctrl-C in its terminal."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def release(self) -> None:
        """Remove temporary files and unlock the folder; no effect if this object has no lock."""
        if self._lock is None:  # the files belong to the shop that has the lock
            return
        shutil.rmtree(self.scratch, ignore_errors=True)
        self._ports.unlink(missing_ok=True)
        self.operator_key.unlink(missing_ok=True)
        self._lock.truncate(0)
        self._lock.close()
        self._lock = None

    def discard_outdated(self) -> bool:
        """Delete everything that another version of this project or emulator has written.

        Returns whether anything was deleted. The caller holds the lock.
        """
        current = f"layout {LAYOUT_VERSION}, ministack {version('ministack')}"
        if self._version.exists() and self._version.read_text() == current:
            return False
        outdated = [path for path in self.folder.iterdir() if path != self._lock_file]
        for path in outdated:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self._version.write_text(current)
        return bool(outdated)

    def write_ports(self, port: int, cloud_port: int) -> None:
        """Publish the ports of the running shop to the other commands."""
        self._ports.write_text(json.dumps({"port": port, "cloud_port": cloud_port}))

    def read_ports(self) -> tuple[int, int]:
        """Ports of the running shop and its cloud. Raises ``UserError`` if none is running."""
        try:
            ports = json.loads(self._ports.read_text())
        except FileNotFoundError:
            raise UserError("No shop is running here: start it with `make dev`.") from None
        return ports["port"], ports["cloud_port"]

    def owner_pid(self) -> int:
        """The process that holds the lock."""
        return int(self._lock_file.read_text())

    def record_start(self, kind: str, seconds: float) -> None:
        """How long a start took; ``kind`` is "first", or "again" with restored state."""
        self._starts.write_text(json.dumps(self._recorded_starts() | {kind: seconds}))

    def start_seconds(self, kind: str) -> float | None:
        return self._recorded_starts().get(kind)

    def _recorded_starts(self) -> dict[str, float]:
        if not self._starts.exists():
            return {}
        starts: dict[str, float] = json.loads(self._starts.read_text())
        return starts

    def has_saved_state(self) -> bool:
        """Whether the emulator has saved tables, queues and buckets here."""
        return any(self.state.glob("*.json"))

    def prepare(self) -> None:
        """Create the emulator's folders, and remove what a killed emulator left unpacked."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(mode=0o700)
        self.state.mkdir(exist_ok=True)
        self.decisions.unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete the saved state."""
        shutil.rmtree(self.state, ignore_errors=True)
        self._undone_orders.unlink(missing_ok=True)

    def undone_orders(self) -> frozenset[str]:
        """Ids of orders that a load test deleted; the mailbox still has their emails."""
        exists = self._undone_orders.exists()
        return frozenset(json.loads(self._undone_orders.read_text()) if exists else ())

    def record_undone_orders(self, order_ids: Iterable[str]) -> None:
        self._undone_orders.write_text(json.dumps(sorted(self.undone_orders().union(order_ids))))


def _scratch_folder(folder: Path) -> Path:
    """Function processes unpack their bundles (2,000 files) in the system's temporary folder.

    The name depends on the folder only, so files of a killed emulator are found at the next start.
    """
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"hearth-and-clay-{name}"
