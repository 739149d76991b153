"""The rows of the waterfall of an order's trace, and their places on the time axis."""

from dataclasses import dataclass, field
from datetime import datetime

from infra.local.billed_calls import BilledRow
from infra.local.console.log_records import Record
from infra.local.console.sources import Source
from infra.local.console.time_axis import TimeAxis

MIN_WIDTH = 3.0  # units of the axis


@dataclass
class Bar:
    """One row of the waterfall. ``x`` and ``width`` are units of the time axis.

    ``billed`` are the calls that AWS would bill, and ``units`` their sum in a few words.
    ``note`` is shown beside it, and is no error.
    """

    anchor: str
    label: str
    kind: str
    started: datetime
    milliseconds: float
    depth: int = 0
    error: str = ""
    note: str = ""
    attempt: int = 1
    running: bool = False
    source: Source | None = None
    payloads: dict[str, str] = field(default_factory=dict)
    fields: Record = field(default_factory=dict)
    logs: list[Record] = field(default_factory=list)
    billed: list[BilledRow] = field(default_factory=list)
    units: str = ""
    x: float = 0
    width: float = 0

    @property
    def interval(self) -> tuple[float, float]:
        start = self.started.timestamp()
        return start, start + self.milliseconds / 1000


def place_bars(spans: list[Bar], states: list[Bar]) -> TimeAxis:
    """Set the positions of all bars; a wait of the workflow does not stretch the axis."""
    bars = [*spans, *states]
    busy = [bar.interval for bar in spans] or [bar.interval for bar in bars]
    axis = TimeAxis(busy, until=max((bar.interval[1] for bar in bars), default=0))
    for bar in bars:
        start, end = (axis.position(moment) for moment in bar.interval)
        bar.width = max(MIN_WIDTH, round(end - start, 1))
        bar.x = min(start, 1000 - bar.width)
    return axis
