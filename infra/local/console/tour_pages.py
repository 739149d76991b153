"""The page at `/console/tour`, and the same tour as Markdown."""

import re
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from infra.build.bundles import ROOT
from infra.local.console.code_places import Place
from infra.local.console.rendering import local_route, render_page, templates
from infra.local.console.tour import (
    GoldenSpan,
    Stop,
    read_golden_order,
    read_tour,
    subscriptions,
)

TOUR_FILE = ROOT / "infra/TOUR.md"
MUSEUM = "tests/simulation/museum"
_CODE = re.compile(r"`([^`]+)`")  # splits into text, code, text, code ...


def tour_pages() -> list[BaseRoute]:
    return [local_route("/console/tour", show)]


def show(_: Request) -> Response:
    return render_page("tour.html", **_context())


def tour_as_markdown() -> str:
    """The text of ``infra/TOUR.md``."""
    return templates.get_template("tour.md").render(**_context())


def _context() -> dict[str, Any]:
    tour, golden = read_tour(), read_golden_order()
    return {
        "stops": tour.stops,
        "questions": tour.questions,
        "subscriptions": subscriptions(),
        "trace": list(_tree(golden.spans)),
        "golden": golden,
        "stop_of": stops_by_name(),
        "picture": "\n".join(_picture()),
        "museum_place": _museum_place,
        "parts": _CODE.split,
    }


def stops_by_name() -> dict[str, Stop]:
    """The stop of each span, and of each state of the workflow."""
    return {name: stop for stop in read_tour().stops for name in (*stop.spans, *stop.states)}


def _picture() -> Iterator[str]:
    """The path of an order in a few lines: one for each subscription of the topic."""
    yield "Pay → web → one transaction → stream → publish → topic"
    stops = {stop.queue: stop for stop in read_tour().stops if stop.queue}
    for subscription in subscriptions():
        stop = stops[subscription.target]
        worker = stop.spans[0].partition(" ")[0]
        steps = read_golden_order().states if stop.id == "fulfillment" else ()
        yield " → ".join(("   ", stop.queue, worker, *steps))


def _museum_place(stop: Stop) -> Place | None:
    return Place(f"{MUSEUM}/{stop.museum}") if stop.museum else None


def _tree(spans: tuple[GoldenSpan, ...], parent: str = "", depth: int = 0) -> Iterator[object]:
    """Each span with its depth, before the spans below it."""
    for span in spans:
        if span.parent == parent:
            yield {"name": span.name, "kind": span.kind, "depth": depth}
            yield from _tree(spans, span.name, depth + 1)
