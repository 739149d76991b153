"""Where a run's notes lie: a line of JSON each, written as they come, read when it is over."""

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from msgspec import Struct
from msgspec.json import Decoder, encode

from tests.load.records import Came, Ended, Note, Pressed, Seen

NAME = "notes.jsonl"


class Notebook:
    """Begun anew with each start of a test: locust's page can start several."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._file: TextIO | None = None

    def begin(self) -> None:
        self.close()
        self._file = self._path.open("w")

    def note(self, what: Note) -> None:
        if self._file:
            self._file.write(encode(what).decode() + "\n")

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


class Noted(Struct, frozen=True):
    """All notes of a run, by kind."""

    requests: Sequence[Seen] = ()
    pressed: Sequence[Pressed] = ()
    visitors: Sequence[Came] = ()
    ended: Ended = Ended(0, 0)


def read_notes(folder: Path) -> Noted:
    decoder = Decoder(Note.__value__)
    path = folder / NAME
    notes = [decoder.decode(line) for line in path.read_bytes().splitlines()]
    endings = [it for it in notes if isinstance(it, Ended)]
    return Noted(
        requests=[it for it in notes if isinstance(it, Seen)],
        pressed=[it for it in notes if isinstance(it, Pressed)],
        visitors=[it for it in notes if isinstance(it, Came)],
        ended=endings[-1] if endings else Ended(0, 0),
    )
