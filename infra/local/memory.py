"""How much memory the whole local shop takes: emulator, every function process, the dev process."""

import os
import subprocess
from pathlib import Path

from infra.local.state_dir import Home

MEGABYTE = 1024  # in kB, as both sources count


def summed(home: Home) -> tuple[float, str]:
    """Megabytes, and how they were counted.

    PSS shares out what processes have in common; where there is no /proc, RSS counts it each time.
    """
    processes = [pid for pid, group in groups() if group in _ours(home)]
    if Path("/proc/self/smaps_rollup").exists():
        return sum(map(_pss, processes)) / MEGABYTE, "PSS"
    return sum(map(_rss, processes)) / MEGABYTE, "RSS"


def _ours(home: Home) -> set[int]:
    """The emulator leads a group, in which its functions are; `shop dev` is in another."""
    return {int(home.pid_file.read_text()), os.getpgid(home.holder())}


def groups() -> list[tuple[int, int]]:
    """Each process with its group, without those that have ended and wait to be asked after."""
    shown = map(str.split, _ps("-A", "-o", "pid=,pgid=,stat=").splitlines())
    return [(int(pid), int(group)) for pid, group, state in shown if not state.startswith("Z")]


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0  # has just ended
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _rss(pid: int) -> int:
    return int(_ps("-p", str(pid), "-o", "rss=").strip() or 0)


def _ps(*options: str) -> str:
    return subprocess.run(["ps", *options], capture_output=True, text=True, check=False).stdout
