"""Line charts of a run as SVG, whose colours follow the page's light or dark scheme."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from tests.load.page_times import quantiles
from tests.load.records import RequestRecord

WIDTH, HEIGHT, LEGEND_HEIGHT = 640, 160, 24
INTERVALS = 40  # points of a line, whatever the duration of the run

type Line = Sequence[float]


def chart_series(requests: Sequence[RequestRecord]) -> dict[str, Mapping[str, Line]]:
    """The lines of each chart by its title: requests per second, errors if any, response times."""
    if not requests:
        return {}
    first, last = min(it.at for it in requests), max(it.at for it in requests)
    width = max((last - first) / INTERVALS, 0.001)
    intervals: list[list[RequestRecord]] = [[] for _ in range(INTERVALS)]
    for request in requests:
        intervals[min(INTERVALS - 1, int((request.at - first) / width))].append(request)
    times = [quantiles([it.ms for it in interval if not it.error]) for interval in intervals]
    errors = [sum(bool(it.error) for it in interval) for interval in intervals]
    return {
        "Requests per second": {"all pages": [len(interval) / width for interval in intervals]},
        **({"Errors": {"errors": errors}} if any(errors) else {}),
        "Response time in ms": {"p50": [it.p50 for it in times], "p95": [it.p95 for it in times]},
    }


def render_chart(title: str, lines: Mapping[str, Line]) -> Markup:
    """Render one chart; line number n has the class ``cn``, which the style sheet colours."""
    maximum = max((value for line in lines.values() for value in line), default=0) or 1
    polylines = [
        Markup('<polyline class="curve c{}" points="{}"><title>{}</title></polyline>').format(
            number, _points(line, maximum), name
        )
        for number, (name, line) in enumerate(lines.items())
    ]
    legend = Markup(" ").join(
        Markup('<tspan class="name c{}">{}</tspan>').format(number, name)
        for number, name in enumerate(lines)
    )
    return Markup(
        '<svg role="img" aria-label="{title}" viewBox="0 0 {width} {height}">'
        '<text x="0" y="14">{title}, maximum {maximum}: {legend}</text>'
        '<line x1="0" x2="{width}" y1="{bottom}" y2="{bottom}"/>{polylines}</svg>'
    ).format(
        title=title,
        width=WIDTH,
        height=HEIGHT,
        legend=legend,
        maximum=f"{maximum:.0f}" if maximum >= 10 else f"{maximum:.1f}",
        bottom=HEIGHT - 1,
        polylines=Markup("").join(polylines),
    )


def _points(line: Line, maximum: float) -> str:
    step = WIDTH / max(1, len(line) - 1)
    height = HEIGHT - LEGEND_HEIGHT
    return " ".join(
        f"{index * step:.1f},{HEIGHT - 1 - value / maximum * height:.1f}"
        for index, value in enumerate(line)
    )
