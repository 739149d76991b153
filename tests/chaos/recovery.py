"""After the faults: wait until orders are final and queues are empty, then read the data."""

import time
from collections import Counter
from dataclasses import replace

from app.verification import Snapshot
from app.verification.liveness import FINAL_STATUSES
from infra.ops.deployed_stack import DeployedStack
from infra.ops.verification_data import read_snapshot, read_stable_snapshot
from infra.user_error import UserError

DEADLINE_SECONDS = 1_500  # after each kill of its worker, a message is hidden for five minutes
POLL_SECONDS = 5


def read_settled_snapshot(shop: DeployedStack) -> Snapshot:
    """Raises ``UserError`` with what is unsettled when the deadline passes."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while unsettled := list_unsettled(shop):
        if time.monotonic() > deadline:
            remaining = "; ".join(unsettled)
            raise UserError(f"Not settled after {DEADLINE_SECONDS} seconds: {remaining}.")
        time.sleep(POLL_SECONDS)
    snapshot = read_stable_snapshot(shop)
    if snapshot is None:
        raise UserError("Every order is final, but rows are still being written.")
    return snapshot


def list_unsettled(shop: DeployedStack) -> list[str]:
    """Describe every open order, unpublished event and queue with messages."""
    snapshot = read_snapshot(shop)
    orders = [
        f"{row['order_id']} {row['status']}"
        for row in snapshot.orders_by_id.values()
        if row["status"] not in FINAL_STATUSES
    ]
    unpublished = [
        f"event {event_id}" for event_id, row in snapshot.events.items() if row.get("unpublished")
    ]
    return [*orders, *unpublished, *_queues(shop, dead_letter=False)]


def list_dlq_messages(shop: DeployedStack) -> list[str]:
    """Describe each dead-letter queue that is not empty, such as ``2 in EmailDeadLetterQueue``.

    Without the stream's dead-letter queue: its messages hold stream positions only, and the outbox
    poller publishes what they stand for.
    """
    return [line for line in _queues(shop, dead_letter=True) if "Publish" not in line]


def find_duplicate_emails(snapshot: Snapshot) -> frozenset[str]:
    """Ids of events whose email was sent twice, since its worker was killed before recording it."""
    counts = Counter(snapshot.emails or ())
    return frozenset(email.event_id for email, number in counts.items() if number == 2)


def allow_duplicate_emails(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, may_duplicate=find_duplicate_emails(snapshot))


def _queues(shop: DeployedStack, *, dead_letter: bool) -> list[str]:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    names.append("ApproximateNumberOfMessagesDelayed")
    lines: list[str] = []
    for name, url in shop.resources("AWS::SQS::Queue").items():
        if name.endswith("DeadLetterQueue") != dead_letter:
            continue
        response = shop.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
        if messages := sum(int(value) for value in response["Attributes"].values()):
            lines.append(f"{messages} in {name}")
    return lines
