"""Which faults of the emulator are on, and how strong: a small file that the emulator reads."""

import json
from pathlib import Path


class Switches:
    """Read anew when the file has changed, so that a switch acts on the very next message."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read_at = -1
        self._on: dict[str, int] = {}

    def strength(self, fault: str) -> int:
        """0 when it is off."""
        return self.on().get(fault, 0)

    def on(self) -> dict[str, int]:
        try:
            changed_at = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return {}
        if changed_at != self._read_at:
            self._on, self._read_at = json.loads(self._file.read_text()), changed_at
        return self._on

    def turn(self, fault: str, strength: int) -> None:
        """On with so much strength, or off with none."""
        wanted = self.on() | {fault: strength}
        written = self._file.with_suffix(".new")
        written.write_text(json.dumps({name: it for name, it in wanted.items() if it}))
        written.replace(self._file)  # the emulator never reads half a file
