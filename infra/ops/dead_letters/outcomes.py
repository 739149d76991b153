"""The outcome of a redrive: processed, failed again, or in progress."""

from typing import Any

from infra.ops.dead_letters.audit_log import Entry
from infra.ops.deployed_stack import DeployedStack

# Consumers that record each processed event in the order's partition.
RECORDING_CONSUMERS = ("email", "analytics", "inventory")


def redrive_outcome(shop: DeployedStack, entry: Entry, dead: set[tuple[str, str]]) -> str:
    """``dead`` has queue and event id of all messages in the dead-letter queues."""
    if entry.action == "discarded":
        return "discarded"
    if (entry.queue, entry.event_id) in dead:
        return "failed again"
    if entry.queue not in RECORDING_CONSUMERS or not entry.order_id:
        return "not back in the queue"
    return "processed" if _is_processed(shop, entry) else "in progress"


def _is_processed(shop: DeployedStack, entry: Entry) -> bool:
    """Whether the consumer's rows say so; emails have one row for each recipient."""
    is_email = entry.queue == "email"
    prefix = f"email#{entry.event_id}#" if is_email else f"processed#{entry.queue}#{entry.event_id}"
    response = shop.client("dynamodb").query(
        TableName=f"{shop.stack_name}-orders",
        KeyConditionExpression="order_id = :order AND begins_with(part, :prefix)",
        ExpressionAttributeValues={":order": {"S": entry.order_id}, ":prefix": {"S": prefix}},
        ConsistentRead=True,
    )
    rows = response["Items"]
    return bool(rows) and (not is_email or all(map(_is_delivered, rows)))


def _is_delivered(row: dict[str, Any]) -> bool:
    return bool(row.get("sent", {}).get("BOOL")) or "skipped" in row
