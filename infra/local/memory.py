"""Measure the memory of the local shop: emulator, function processes and `shop dev`."""

import os
import subprocess
from pathlib import Path

from infra.local.state_dir import StateDir

MEGABYTE = 1024  # in kB, the unit of both sources


def total_memory(state_dir: StateDir) -> tuple[float, str]:
    """Megabytes, and how they were measured.

    PSS divides shared memory among processes. Without /proc, RSS counts it once per process.
    """
    processes = [pid for pid, group in groups() if group in _process_groups(state_dir)]
    if Path("/proc/self/smaps_rollup").exists():
        return sum(map(_pss, processes)) / MEGABYTE, "PSS"
    return sum(map(_rss, processes)) / MEGABYTE, "RSS"


def _process_groups(state_dir: StateDir) -> set[int]:
    """The emulator's group contains its functions; `shop dev` is in another group."""
    return {int(state_dir.pid_file.read_text()), os.getpgid(state_dir.owner_pid())}


def groups() -> list[tuple[int, int]]:
    """Process id and group of each process, without zombies."""
    rows = map(str.split, _ps("-A", "-o", "pid=,pgid=,stat=").splitlines())
    return [(int(pid), int(group)) for pid, group, state in rows if not state.startswith("Z")]


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0  # the process has ended
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _rss(pid: int) -> int:
    return int(_ps("-p", str(pid), "-o", "rss=").strip() or 0)


def _ps(*options: str) -> str:
    return subprocess.run(["ps", *options], capture_output=True, text=True, check=False).stdout
