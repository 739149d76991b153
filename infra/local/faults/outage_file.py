"""The file with the outages of the local shop, by service; it lies beside the file of faults."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from app import clock
from infra.local.faults.outages import Outage, Service

# Of an outage that lasts until it is disabled.
UNTIL_DISABLED = timedelta(days=365)


class OutageFile:
    """Each service has at most one outage: the last one written."""

    def __init__(self, fault_file: Path, now: Callable[[], datetime] = clock.now) -> None:
        self._file = fault_file.with_name("outages.json")
        self._now = now

    def active(self) -> dict[Service, Outage]:
        """The outages that have begun and not ended, by service."""
        return {name: it for name, it in self._stored().items() if it.is_active(self._now())}

    def start(self, outage: Outage) -> None:
        """Replace an earlier outage of the same service."""
        self._write({**self.active(), outage.service: outage})

    def stop(self, service: Service) -> None:
        """Ending an outage that is not active has no effect."""
        self._write({name: it for name, it in self.active().items() if name != service})

    def _stored(self) -> dict[Service, Outage]:
        try:
            outages = msgspec.json.decode(self._file.read_bytes(), type=list[Outage], strict=False)
        except FileNotFoundError:
            return {}
        return {it.service: it for it in outages}

    def _write(self, outages: dict[Service, Outage]) -> None:
        temporary = self._file.with_suffix(".new")
        temporary.write_bytes(msgspec.json.encode(list(outages.values())))
        temporary.replace(self._file)  # atomic: the emulator never reads half a file
