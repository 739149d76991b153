"""The page at `/console/logs`: the newest structured log lines, filtered by their fields."""

from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute

from infra.local.cloud import LocalCloud
from infra.local.console.live_log import line_fields
from infra.local.console.order_lines import order_lines
from infra.local.console.orders import ORDER_ID
from infra.local.console.rendering import HERE, NOT_READY, error_page, local_route, render_page
from infra.local.log_tail import PATH

FIELDS = ("function", "level", "id", "text")
MAX_ROWS = 200
LEVELS = ("INFO", "WARNING", "ERROR")


def log_pages(cloud: LocalCloud) -> list[BaseRoute]:
    pages = LogPages(cloud)
    return [
        local_route("/console/logs", pages.show),
        local_route("/console/logs.js", lambda _: FileResponse(HERE / "logs.js")),
    ]


class LogPages:
    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def show(self, request: Request) -> Response:
        """Lines of an order come from all kept logs, others from the emulator's newest."""
        wanted = {it: request.query_params.get(it, "").strip()[:100] for it in FIELDS}
        try:
            lines = self._of_order(wanted["id"]) if ORDER_ID.fullmatch(wanted["id"]) else []
            lines = lines or self._newest()
        except httpx.HTTPError:
            return error_page(NOT_READY, 503)
        rows = [line for line in reversed(lines) if matches(line, wanted)][:MAX_ROWS]
        return render_page("logs.html", lines=rows, wanted=wanted, levels=LEVELS, order_id=ORDER_ID)

    def _newest(self) -> list[dict[str, Any]]:
        response = self._cloud.get(f"{PATH}?newest=1")
        response.raise_for_status()
        return [line_fields(*line) for line in response.json()["lines"]]

    def _of_order(self, order_id: str) -> list[dict[str, Any]]:
        return [
            line_fields(line.function, line.message, int(line.at.timestamp() * 1000))
            for line in order_lines(self._cloud, order_id)
        ]


def matches(line: dict[str, Any], wanted: dict[str, str]) -> bool:
    """Whether a line has the wanted parts of its fields, ignoring case."""
    parts = {
        "function": line["function"],
        "level": line["level"],
        "id": f"{line['order']} {line['message']} {line['span']} {line['ids']}",
        "text": f"{line['message']} {line['span']}",
    }
    return all(wanted[name].lower() in text.lower() for name, text in parts.items())
