"""Small charts of a run, drawn as SVG in the reader's own colours: light or dark."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from tests.load.page_times import quantiles
from tests.load.records import Seen

WIDTH, HEIGHT, FLOOR = 640, 160, 24
SPANS = 40  # points of a curve, whatever the length of the run

type Curve = Sequence[float]


def curves(requests: Sequence[Seen]) -> dict[str, Mapping[str, Curve]]:
    """The run in equal spans of time: requests a second, and how long they took."""
    if not requests:
        return {}
    first, last = min(it.at for it in requests), max(it.at for it in requests)
    width = max((last - first) / SPANS, 0.001)
    spans: list[list[Seen]] = [[] for _ in range(SPANS)]
    for request in requests:
        spans[min(SPANS - 1, int((request.at - first) / width))].append(request)
    times = [quantiles([it.ms for it in span if not it.error]) for span in spans]
    wrong = [sum(bool(it.error) for it in span) for span in spans]
    return {
        "Requests a second": {"all pages": [len(span) / width for span in spans]},
        **({"Wrong answers": {"errors": wrong}} if any(wrong) else {}),
        "Milliseconds": {"p50": [it.p50 for it in times], "p95": [it.p95 for it in times]},
    }


def drawn(title: str, lines: Mapping[str, Curve]) -> Markup:
    """Each curve is a class of its own; the style sheet of the page gives it its colour."""
    top = max((value for curve in lines.values() for value in curve), default=0) or 1
    parts = [
        Markup('<polyline class="curve c{}" points="{}"><title>{}</title></polyline>').format(
            number, _points(curve, top), name
        )
        for number, (name, curve) in enumerate(lines.items())
    ]
    legend = Markup(" ").join(
        Markup('<tspan class="name c{}">{}</tspan>').format(number, name)
        for number, name in enumerate(lines)
    )
    return Markup(
        '<svg role="img" aria-label="{title}" viewBox="0 0 {width} {height}">'
        '<text x="0" y="14">{title}, at most {top}: {legend}</text>'
        '<line x1="0" x2="{width}" y1="{floor}" y2="{floor}"/>{parts}</svg>'
    ).format(
        title=title,
        width=WIDTH,
        height=HEIGHT,
        legend=legend,
        top=f"{top:.0f}" if top >= 10 else f"{top:.1f}",
        floor=HEIGHT - 1,
        parts=Markup("").join(parts),
    )


def _points(curve: Curve, top: float) -> str:
    step = WIDTH / max(1, len(curve) - 1)
    room = HEIGHT - FLOOR
    return " ".join(
        f"{place * step:.1f},{HEIGHT - 1 - value / top * room:.1f}"
        for place, value in enumerate(curve)
    )
