"""Write the records of a run as JSON lines, and read them when the run is over."""

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from msgspec import Struct
from msgspec.json import Decoder, encode

from tests.load.records import ActionRecord, EndRecord, Record, RequestRecord, VisitorRecord

FILE_NAME = "records.jsonl"


class Recorder:
    """Starts an empty file for each test: Locust's page can start several in one process."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._file: TextIO | None = None

    def start(self) -> None:
        self.close()
        self._file = self._path.open("w")

    def record(self, record: Record) -> None:
        if self._file:
            self._file.write(encode(record).decode() + "\n")

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


class Recording(Struct, frozen=True):
    """All records of a run, by kind."""

    requests: Sequence[RequestRecord] = ()
    actions: Sequence[ActionRecord] = ()
    visitors: Sequence[VisitorRecord] = ()
    end: EndRecord = EndRecord(0, 0)


def read_recording(folder: Path) -> Recording:
    decoder = Decoder(Record.__value__)
    records = [decoder.decode(line) for line in (folder / FILE_NAME).read_bytes().splitlines()]
    ends = [record for record in records if isinstance(record, EndRecord)]
    return Recording(
        requests=[record for record in records if isinstance(record, RequestRecord)],
        actions=[record for record in records if isinstance(record, ActionRecord)],
        visitors=[record for record in records if isinstance(record, VisitorRecord)],
        end=ends[-1] if ends else EndRecord(0, 0),
    )
