"""The README's bar chart of cold starts as SVG, for light and dark pages."""

from html import escape

from tests.benchmarks.starts.figures import Run
from tests.benchmarks.starts.starts import ColdStart

WIDTH, LEFT, ROW, TOP = 760, 250, 26, 44
OURS = ("web", "web, first page", "workers", "workflow", "thumbnails")
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #3b3a36; }
  .title { font-weight: 600; }
  .number { fill: #6b6963; }
  .bar { fill: #b9b4a7; }
  .ours { fill: #b3532f; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e9e5da; }
    .number { fill: #a9a599; }
    .bar { fill: #5d5a52; }
    .ours { fill: #e0815b; }
  }
"""


def render_chart(run: Run) -> str:
    """Bars of instructions if they were counted, else of CPU time; ours in the shop's colour."""
    starts = sorted(run.starts, key=_cost)
    height = TOP + ROW * len(starts) + 12
    longest = _cost(starts[-1])
    unit = "million instructions" if starts[0].instructions else "ms of CPU"
    title = f"Cold starts, {unit} ({run.measured_at[:10]}, {run.machine})"
    bars = "".join(_bar(place, start, longest) for place, start in enumerate(starts))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}">\n<style>{STYLE}</style>\n'
        f'<text class="title" x="12" y="24">{escape(title)}</text>\n{bars}</svg>\n'
    )


def _bar(place: int, start: ColdStart, longest: float) -> str:
    y = TOP + ROW * place
    width = max(2.0, (WIDTH - LEFT - 70) * _cost(start) / longest)
    kind = "ours" if _is_ours(start.name) else "bar"
    return (
        f'<text x="{LEFT - 10}" y="{y + 14}" text-anchor="end">{escape(start.name)}</text>'
        f'<rect class="{kind}" x="{LEFT}" y="{y + 2}" width="{width:.1f}" height="16" rx="2"/>'
        f'<text class="number" x="{LEFT + width + 6:.1f}" y="{y + 14}">'
        f"{_cost(start):,.0f}</text>\n"
    )


def _is_ours(name: str) -> bool:
    return name in OURS or name.partition(":")[0] in OURS[2:]


def _cost(start: ColdStart) -> float:
    return start.instructions or start.cpu_ms
