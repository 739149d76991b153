"""The page at `/console/map`: the architecture as the template describes it, live."""

from collections.abc import Container
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import httpx
from botocore.exceptions import BotoCoreError, ClientError
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute

from infra.build.bundles import ROOT
from infra.local.cloud import LocalCloud
from infra.local.console.architecture import Architecture, Node, read_architecture
from infra.local.console.code_places import Place
from infra.local.console.console_stack import ConsoleStack
from infra.local.console.dead_letters import format_age
from infra.local.console.demo_order import place_demo_order
from infra.local.console.function_activity import function_activity
from infra.local.console.live_log import LiveLog
from infra.local.console.load_pages import load_pages
from infra.local.console.load_run import SIZES, LoadRunner
from infra.local.console.queue_depths import QUEUE, QueueDepth, queue_depths
from infra.local.console.rendering import (
    HERE,
    SECURITY_HEADERS,
    error_page,
    local_route,
    redirect_to,
    render_page,
)
from infra.local.console.sources import find_source
from infra.local.faults.injector import FaultInjector
from infra.local.faults.kinds import FAULTS
from infra.local.log_tail import ERROR_MINUTES
from infra.local.packaging import read_template
from infra.user_error import UserError

TEMPLATE = "infra/template.yaml"
DAGRE = "dagre-3.1.3.min.js"
# The kinds of nodes at which a fault acts. The payment provider, the carrier and SES are no nodes.
EXEMPT = ("WebFunction", "AdminFunction")  # kills and throttles hit workers and workflow steps
FAULTY_KINDS = {
    "duplicate": ("topic",),
    "delay": ("queue",),
    "reorder": ("queue",),
    "kill": ("function",),
    "throttle": ("function",),
    "dynamodb-throttle": ("table",),
    "dynamodb-outage": ("table",),
    "sns-outage": ("topic",),
    "sqs-outage": ("queue", "dead-letters"),
    "stepfunctions-outage": ("workflow",),
}


def map_pages(cloud: LocalCloud) -> list[BaseRoute]:
    pages = MapPages(cloud)
    return [
        local_route("/console/map", pages.show),
        local_route("/console/map.json", pages.graph),
        local_route("/console/map/{node}", pages.details),
        *load_pages(pages.runner),
        local_route("/console/map.js", lambda _: FileResponse(HERE / "map.js")),
        local_route("/console/dagre.js", lambda _: FileResponse(HERE / "vendor" / DAGRE)),
        local_route("/console/live", LiveLog(cloud).stream),
        local_route("/console/demo-order", pages.place_order, methods=["POST"]),
    ]


@cache
def _architecture() -> Architecture:
    return read_architecture(read_template(ROOT / TEMPLATE)["Resources"])


class MapPages:
    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._faults = FaultInjector(cloud)
        self._stack = ConsoleStack.on_local_cloud(cloud)
        self.runner = LoadRunner(partial(place_demo_order, cloud))

    def show(self, request: Request) -> Response:
        architecture = _architecture()
        return render_page(
            "map.html",
            nodes=sorted(architecture.nodes, key=lambda node: (node.kind, node.id)),
            edges=architecture.edges,
            depths=self._depths(),
            find_source=find_source,
            faults=FAULTS,
            active=self._faults.active(),
            is_open="faults" in request.query_params,
            run=self.runner.run,
            sizes=SIZES,
        )

    def details(self, request: Request) -> Response:
        """One resource: its messages, its errors, its last log line, and where its code is."""
        architecture, node_id = _architecture(), request.path_params["node"]
        node = next((it for it in architecture.nodes if it.id == node_id), None)
        if node is None:
            return error_page(f"There is no resource {node_id[:80]}.")
        now = datetime.now(UTC)
        return render_page(
            "node.html",
            node=node,
            architecture=architecture,
            depth=self._depths().get(node_id),
            activity=function_activity(self._cloud).get(node.name) if node.name else None,
            source=find_source(node.source),
            declaration=Place(TEMPLATE, node_id),
            minutes=ERROR_MINUTES,
            age=lambda moment: format_age(now, moment),
        )

    def graph(self, _: Request) -> Response:
        faulty = {kind for name in self._faults.active() for kind in FAULTY_KINDS.get(name, ())}
        graph = graph_json(_architecture(), self._depths(), faulty)
        return JSONResponse(graph, headers=SECURITY_HEADERS)

    def place_order(self, _: Request) -> Response:
        try:
            return redirect_to(f"/console/orders/{place_demo_order(self._cloud)}")
        except UserError as error:
            return error_page(str(error), 504)

    def _depths(self) -> dict[str, QueueDepth]:
        try:
            return queue_depths(self._cloud, self._stack.resources(QUEUE))
        except (BotoCoreError, ClientError, httpx.HTTPError):
            return {}  # not deployed yet


def graph_json(
    architecture: Architecture, depths: dict[str, QueueDepth], faulty: Container[str] = ()
) -> dict[str, Any]:
    """For the browser: what the layout needs, and what lights up; ``faulty`` are kinds of nodes."""
    return {
        "nodes": [
            _node_json(node, depths.get(node.id))
            | {"fault": node.kind in faulty and node.id not in EXEMPT}
            for node in architecture.nodes
        ],
        "edges": [
            {"source": it.source, "target": it.target, "kind": it.kind, "types": it.types}
            for it in architecture.edges
        ],
    }


def _node_json(node: Node, depth: QueueDepth | None) -> dict[str, Any]:
    messages = depth.total if depth else None
    return {
        "id": node.id,
        "kind": node.kind,
        "label": node.label,
        "name": node.name,
        "depth": messages,
        "alarm": node.kind == "dead-letters" and bool(messages),
    }
