"""The pages at `/console/queues`: what is in each queue, its consumer, and its messages."""

import re
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from infra.local.cloud import LocalCloud
from infra.local.console.console_stack import ConsoleStack
from infra.local.console.dead_letters import format_age
from infra.local.console.queue_depths import (
    QUEUE,
    DepthHistory,
    queue_depths,
    queue_name,
    queued_messages,
)
from infra.local.console.rendering import (
    error_page,
    local_route,
    redirect_to,
    render_page,
)
from infra.ops.dead_letters.queues import SUFFIX, dead_letter_name

PATH = "/console/queues"
ORDER_ID = re.compile(r'order_id"\s*:\s*"([0-9A-Z]{26})"')


def queue_pages(cloud: LocalCloud) -> list[BaseRoute]:
    pages = QueuePages(cloud)
    return [
        local_route(PATH, pages.show),
        local_route(PATH + "/{queue}", pages.peek),
        local_route(PATH + "/{queue}/consumer", pages.set_consumer, methods=["POST"]),
        local_route(PATH + "/{queue}/purge", pages.purge, methods=["POST"]),
    ]


class QueuePages:
    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud, self._history = cloud, DepthHistory()
        self._stack = ConsoleStack.on_local_cloud(cloud)

    def show(self, request: Request) -> Response:
        now = datetime.now(UTC)
        depths = queue_depths(self._cloud, self._stack.resources(QUEUE), oldest_of=SUFFIX)
        self._history.add(depths)
        dead = {name: it for name, it in depths.items() if name.endswith(SUFFIX)}
        return render_page(
            "queues.html",
            depths={name: it for name, it in depths.items() if name not in dead},
            dead=dead,
            consumers=self._consumers(),
            points=self._history.points,
            dead_letter_name=lambda name: dead_letter_name(name.removesuffix(SUFFIX)),
            age=lambda moment: format_age(now, moment),
            message="The queue was purged." if "purged" in request.query_params else "",
        )

    def peek(self, request: Request) -> Response:
        """The oldest messages, also those in flight. Nothing is received by looking."""
        name = request.path_params["queue"]
        if not (url := self._url(name)):
            return error_page()
        return self._peek(name, url)

    async def set_consumer(self, request: Request) -> Response:
        """``state`` is paused or enabled; a repeat changes nothing."""
        name, state = request.path_params["queue"], (await request.form()).get("state")
        consumer = self._consumers().get(name)
        if not consumer or state not in {"paused", "enabled"}:
            return error_page("This queue has no consumer to pause or enable.")
        client = self._stack.client("lambda")
        client.update_event_source_mapping(UUID=consumer["UUID"], Enabled=state == "enabled")
        return redirect_to(f"{PATH}#{name}")

    async def purge(self, request: Request) -> Response:
        """Delete all messages, if ``confirm`` is the queue's name. A repeat changes nothing."""
        name, confirm = request.path_params["queue"], (await request.form()).get("confirm")
        if not (url := self._url(name)):
            return error_page()
        if str(confirm).strip() != name:
            return self._peek(name, url, f"Enter {name} to confirm the purge.", 422)
        self._stack.client("sqs").purge_queue(QueueUrl=url)
        return redirect_to(f"{PATH}?purged#{name}")

    def _peek(self, name: str, url: str, message: str = "", status: int = 200) -> Response:
        now, is_dead = datetime.now(UTC), name.endswith(SUFFIX)
        return render_page(
            "queue.html",
            status,
            name=name,
            messages=queued_messages(self._cloud, url),
            dead=dead_letter_name(name.removesuffix(SUFFIX)) if is_dead else "",
            find_order=ORDER_ID.search,
            age=lambda moment: format_age(now, moment),
            message=message,
        )

    def _url(self, name: str) -> str:
        try:
            return self._stack.resources(QUEUE).get(name, "")
        except (BotoCoreError, ClientError):  # the shop is not deployed yet
            return ""

    def _consumers(self) -> dict[str, dict[str, Any]]:
        """The event source mappings by the logical id of the queue that they read."""
        mappings = self._stack.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        by_name = {it["EventSourceArn"].rpartition(":")[2]: it for it in mappings}
        names = {queue: queue_name(url) for queue, url in self._stack.resources(QUEUE).items()}
        return {queue: by_name[name] for queue, name in names.items() if name in by_name}
