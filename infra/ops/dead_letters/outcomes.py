"""The outcome of a redrive: processed, failed again, or in progress."""

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
    prefix = "email" if entry.queue == "email" else f"processed#{entry.queue}"
    part = f"{prefix}#{entry.event_id}"
    response = shop.client("dynamodb").get_item(
        TableName=f"{shop.stack_name}-orders",
        Key={"order_id": {"S": entry.order_id}, "part": {"S": part}},
        ConsistentRead=True,
    )
    row = response.get("Item", {})
    return bool(row) and (entry.queue != "email" or bool(row.get("sent", {}).get("BOOL")))
