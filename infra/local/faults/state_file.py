"""The file that says which faults are active in the emulator, and how strong."""

import json
from pathlib import Path


class FaultStateFile:
    """Read again whenever it has changed, so a fault affects the very next message."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read_at = -1
        self._active: dict[str, int] = {}

    def strength(self, fault: str) -> int:
        """0 if the fault is not active."""
        return self.active().get(fault, 0)

    def active(self) -> dict[str, int]:
        """Strength by fault name."""
        try:
            changed_at = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return {}
        if changed_at != self._read_at:
            self._active, self._read_at = json.loads(self._file.read_text()), changed_at
        return self._active

    def set(self, fault: str, strength: int) -> None:
        """Set the strength of one fault; 0 disables it."""
        strengths = self.active() | {fault: strength}
        temporary = self._file.with_suffix(".new")
        temporary.write_text(json.dumps({name: it for name, it in strengths.items() if it}))
        temporary.replace(self._file)  # atomic: the emulator never reads half a file
