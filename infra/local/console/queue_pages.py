"""The pages at `/console/queues`: depths and consumers of the queues, and their messages."""

import re
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from infra.local.cloud import LocalCloud
from infra.local.console.orders import NOT_READY
from infra.local.console.queue_depths import queue_depths
from infra.local.console.rendering import (
    error_page,
    is_cross_site,
    local_route,
    redirect_to,
    render_page,
)
from infra.ops.dead_letters.queues import WORD_BOUNDARY
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
        try:
            depths = queue_depths(self._stack)
            consumers = {name: self._consumer(name) for name in depths}
        except (BotoCoreError, ClientError):
            return error_page(NOT_READY, 503)
        return render_page(
            "queues.html", depths=depths, consumers=consumers, dead_letter_name=_dead_letter_name
        )

    def peek(self, request: Request) -> Response:
        """Up to 10 messages, which stay visible. SQS counts a peek as a receive."""
        name = request.path_params["queue"]
        if not (url := self._url(name)):
            return error_page()
        try:
            answer = self._stack.client("sqs").receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=0,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        except (BotoCoreError, ClientError):
            return error_page(NOT_READY, 503)
        rows = answer.get("Messages", [])
        return render_page("queue.html", name=name, messages=rows, find_order=ORDER_ID.search)

    async def set_consumer(self, request: Request) -> Response:
        """``state`` is paused or enabled; a repeat changes nothing."""
        if is_cross_site(request):
            return error_page("Requests from other sites are not allowed.", 403)
        name, state = request.path_params["queue"], (await request.form()).get("state")
        try:
            is_known = state in {"paused", "enabled"} and self._set_state(name, str(state))
        except (BotoCoreError, ClientError):
            return error_page(NOT_READY, 503)
        if not is_known:
            return error_page("This queue has no consumer to pause or enable.")
        return redirect_to(f"{PATH}#{name}")

    def _set_state(self, name: str, state: str) -> bool:
        """Returns whether the queue has a consumer."""
        consumer = self._consumer(name) if self._url(name) else {}
        if consumer:
            client = self._stack.client("lambda")
            client.update_event_source_mapping(UUID=consumer["UUID"], Enabled=state == "enabled")
        return bool(consumer)

    def _url(self, name: str) -> str:
        try:
            return self._stack.resources("AWS::SQS::Queue").get(name, "")
        except (BotoCoreError, ClientError):  # the shop is not deployed yet
            return ""

    def _consumer(self, name: str) -> dict[str, Any]:
        """The event source mapping that reads the queue; empty if there is none."""
        suffix = ":" + self._url(name).rsplit("/", 1)[-1]
        mappings = self._stack.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        return next((it for it in mappings if it["EventSourceArn"].endswith(suffix)), {})


def _dead_letter_name(queue: str) -> str:
    """The anchor on the dead-letter page: ``failed-executions`` for FailedExecutionsQueue."""
    return WORD_BOUNDARY.sub("-", queue.removesuffix("Queue")).lower()
