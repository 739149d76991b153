"""What became of a letter after it was sent back: handled, back among the dead, or on its way."""

from infra.ops.dead_letters.audit_trail import Entry
from infra.ops.deployed_stack import Deployed

MARKING = ("email", "analytics", "inventory")  # consumers that note in the order what they handled


def outcome(shop: Deployed, entry: Entry, lying: set[tuple[str, str]]) -> str:
    """`lying` has queue and event id of all that are dead letters now."""
    if entry.act == "discarded":
        return "gone for good"
    if (entry.queue, entry.event_id) in lying:
        return "came back"
    if entry.queue not in MARKING or not entry.order_id:
        return "has not come back"
    return "handled" if _marked(shop, entry) else "on its way"


def _marked(shop: Deployed, entry: Entry) -> bool:
    consumer = "email" if entry.queue == "email" else f"processed#{entry.queue}"
    part = f"{consumer}#{entry.event_id}"
    found = shop.client("dynamodb").get_item(
        TableName=f"{shop.stack}-orders",
        Key={"order_id": {"S": entry.order_id}, "part": {"S": part}},
        ConsistentRead=True,
    )
    mark = found.get("Item", {})
    return bool(mark) and (entry.queue != "email" or bool(mark.get("sent", {}).get("BOOL")))
