"""A time axis on which waits are shortened, so that steps of milliseconds stay visible."""

from dataclasses import dataclass

WIDTH = 1000.0
WAIT = 1.0  # seconds without a span, from which on they are a wait
MARGIN = 0.15  # seconds around each span that stay at scale
WAIT_WIDTH = 60.0

type Interval = tuple[float, float]


@dataclass(frozen=True)
class Segment:
    """``start`` and ``end`` are seconds; ``x`` and ``width`` are units of the axis."""

    start: float
    end: float
    x: float
    width: float
    is_wait: bool

    @property
    def seconds(self) -> float:
        return self.end - self.start


class TimeAxis:
    """Maps seconds to positions from 0 to ``WIDTH``; each wait has the same short width."""

    def __init__(self, busy: list[Interval], until: float = 0) -> None:
        """``busy`` are the spans; ``until`` extends the axis, for example to a state's end."""
        self.segments = _place(_segments(_merged(busy), until))

    @property
    def waits(self) -> list[Segment]:
        return [segment for segment in self.segments if segment.is_wait]

    def position(self, moment: float) -> float:
        for segment in self.segments:
            if moment <= segment.end:
                part = (moment - segment.start) / segment.seconds if segment.seconds else 0
                return round(segment.x + max(0.0, part) * segment.width, 1)
        return WIDTH


def _merged(busy: list[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for start, end in sorted((start - MARGIN, end + MARGIN) for start, end in busy):
        if merged and start - merged[-1][1] < WAIT:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def _segments(merged: list[Interval], until: float) -> list[tuple[float, float, bool]]:
    segments: list[tuple[float, float, bool]] = []
    for start, end in merged:
        if segments:
            segments.append((segments[-1][1], start, True))
        segments.append((start, end, False))
    if segments and until > segments[-1][1] + WAIT:
        segments.append((segments[-1][1], until, True))
    return segments


def _place(segments: list[tuple[float, float, bool]]) -> list[Segment]:
    waits = sum(is_wait for *_, is_wait in segments)
    wait_width = min(WAIT_WIDTH, WIDTH / 2 / waits) if waits else 0
    busy = sum(end - start for start, end, is_wait in segments if not is_wait)
    x, placed = 0.0, []
    for start, end, is_wait in segments:
        share = (end - start) / busy if busy else 0
        width = wait_width if is_wait else share * (WIDTH - waits * wait_width)
        placed.append(Segment(start, end, round(x, 1), round(width, 1), is_wait))
        x += width
    return placed
