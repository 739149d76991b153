"""The pages at `/console/queues`: depths and consumers of the queues, and their messages."""

import re
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from infra.local.cloud import LocalCloud
from infra.local.console.queue_depths import queue_depths
from infra.local.console.rendering import (
    error_page,
    local_route,
    redirect_to,
    render_page,
)
from infra.ops.dead_letters.queues import dead_letter_name
from infra.ops.deployed_stack import DeployedStack

PATH = "/console/queues"
ORDER_ID = re.compile(r'order_id"\s*:\s*"([0-9A-Z]{26})"')


def queue_pages(cloud: LocalCloud) -> list[BaseRoute]:
    pages = QueuePages(DeployedStack.on_local_cloud(cloud))
    return [
        local_route(PATH, lambda _: pages.show()),
        local_route(PATH + "/{queue}", pages.peek),
        local_route(PATH + "/{queue}/consumer", pages.set_consumer, methods=["POST"]),
    ]


class QueuePages:
    def __init__(self, stack: DeployedStack) -> None:
        self._stack = stack

    def show(self) -> Response:
        return render_page(
            "queues.html",
            depths=queue_depths(self._stack),
            consumers=self._consumers(),
            dead_letter_name=lambda name: dead_letter_name(name.removesuffix("Queue")),
        )

    def peek(self, request: Request) -> Response:
        """Up to 10 messages, which stay visible. SQS counts a peek as a receive."""
        name = request.path_params["queue"]
        if not (url := self._url(name)):
            return error_page()
        answer = self._stack.client("sqs").receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=0,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        rows = answer.get("Messages", [])
        return render_page("queue.html", name=name, messages=rows, find_order=ORDER_ID.search)

    async def set_consumer(self, request: Request) -> Response:
        """``state`` is paused or enabled; a repeat changes nothing."""
        name, state = request.path_params["queue"], (await request.form()).get("state")
        consumer = self._consumers().get(name)
        if not consumer or state not in {"paused", "enabled"}:
            return error_page("This queue has no consumer to pause or enable.")
        client = self._stack.client("lambda")
        client.update_event_source_mapping(UUID=consumer["UUID"], Enabled=state == "enabled")
        return redirect_to(f"{PATH}#{name}")

    def _url(self, name: str) -> str:
        try:
            return self._stack.resources("AWS::SQS::Queue").get(name, "")
        except (BotoCoreError, ClientError):  # the shop is not deployed yet
            return ""

    def _consumers(self) -> dict[str, dict[str, Any]]:
        """The event source mappings by the logical id of the queue that they read."""
        mappings = self._stack.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        by_name = {it["EventSourceArn"].rpartition(":")[2]: it for it in mappings}
        urls = self._stack.resources("AWS::SQS::Queue")
        names = {queue: url.rpartition("/")[2] for queue, url in urls.items()}
        return {queue: by_name[name] for queue, name in names.items() if name in by_name}
