"""The page at `/console/dead-letters`: redrive or discard messages, and see the outcome."""

import getpass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from infra.local.cloud import LocalCloud
from infra.local.console.rendering import (
    error_page,
    local_route,
    redirect_to,
    render_page,
)
from infra.ops.dead_letters.audit_log import Operator, list_entries
from infra.ops.dead_letters.messages import DeadLetter, receive_dead_letters, unreadable_reason
from infra.ops.dead_letters.outcomes import redrive_outcome
from infra.ops.dead_letters.queues import (
    DeadLetterQueue,
    dead_letter_queues,
    find_dead_letter_queue,
)
from infra.ops.dead_letters.redrive import RedrivePlan, RedriveResult, discard, redrive
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

PATH = "/console/dead-letters"
MAX_PER_REQUEST = 25  # about five seconds, at five messages a second
MAX_REASON_LENGTH = 200


def dead_letter_pages(cloud: LocalCloud) -> list[BaseRoute]:
    pages = DeadLetterPages(DeployedStack.on_local_cloud(cloud))
    return [
        local_route(PATH, pages.show),
        local_route(PATH + "/{queue}", pages.submit, methods=["POST"]),
    ]


class DeadLetterPages:
    def __init__(self, shop: DeployedStack) -> None:
        self._shop = shop

    def show(self, request: Request) -> Response:
        return self._page(request.query_params.get("message", "")[:MAX_REASON_LENGTH])

    async def submit(self, request: Request) -> Response:
        """``action`` is redrive, dry-run or discard; ``id`` is one message, or all if empty."""
        form = {name: str(value).strip() for name, value in (await request.form()).items()}
        try:
            queue = find_dead_letter_queue(self._shop, request.path_params["queue"])
        except UserError as error:
            return error_page(str(error))
        action, message_id = form.get("action"), form.get("id", "")
        if action == "discard":
            return self._discard(queue, message_id, form.get("reason", ""))
        return self._redrive(queue, message_id, dry_run=action != "redrive")

    def _redrive(self, queue: DeadLetterQueue, message_id: str, *, dry_run: bool) -> Response:
        ids = frozenset(filter(None, [message_id]))
        plan = RedrivePlan(ids, limit=MAX_PER_REQUEST, dry_run=dry_run)
        results = redrive(self._shop, queue, plan, Operator(getpass.getuser()))
        if dry_run:
            return self._page(_summary(queue, results, "would go"), results)
        return redirect_to(f"{PATH}?message={_summary(queue, results, 'sent')}#{queue.name}")

    def _discard(self, queue: DeadLetterQueue, message_id: str, reason: str) -> Response:
        if not reason or len(reason) > MAX_REASON_LENGTH:
            return self._page("Enter a reason of at most 200 characters.", status=422)
        operator = Operator(getpass.getuser(), reason)
        found = discard(self._shop, queue, message_id, operator)
        message = "Message discarded." if found else "The message is no longer in the queue."
        return redirect_to(f"{PATH}?message={message}#{queue.name}")

    def _page(
        self, message: str, results: list[RedriveResult] | None = None, status: int = 200
    ) -> Response:
        now = datetime.now(UTC)
        queues = dead_letter_queues(self._shop)
        messages = {queue.name: self._messages(queue) for queue in queues}
        dead = {(name, it.event_id) for name, received in messages.items() for it in received}
        entries = list_entries(self._shop, now=now)
        return render_page(
            "dead_letters.html",
            status,
            queues=queues,
            messages=messages,
            total=sum(map(len, messages.values())),
            plan={it.message.message_id: it.outcome for it in results or ()},
            unreadable_reason=unreadable_reason,
            entries=[(entry, redrive_outcome(self._shop, entry, dead)) for entry in entries],
            message=message,
            age=lambda moment: format_age(now, moment),
        )

    def _messages(self, queue: DeadLetterQueue) -> list[DeadLetter]:
        with receive_dead_letters(self._shop, queue) as received:
            return sorted(received, key=lambda it: it.sent_at)


def format_age(now: datetime, then: datetime) -> str:
    """In the largest unit that fits: 40 s, 5 min, 3 h, 2 days."""
    seconds = int((now - then).total_seconds())
    for unit, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length * (2 if unit == "days" else 1):
            return f"{seconds // length} {unit}"
    return f"{max(0, seconds)} s"


def _summary(queue: DeadLetterQueue, results: list[RedriveResult], verb: str) -> str:
    sent = sum(result.sent for result in results)
    return f"{sent} {verb} to {queue.destination}, {len(results) - sent} stay."
