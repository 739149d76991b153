"""Liveness: every order closes, every queue empties, every upload is processed (L1 to L3, I1)."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from app.verification.snapshot import Row, Snapshot, Violation

FINAL_STATUSES = ("shipped", "declined", "cancelled")
# The reconciler checks an order each quarter of an hour at most, and a busy thumbnail worker waits.
MAX_OVERDUE = timedelta(minutes=30)
WIDTHS = (240, 480, 960, 1920)  # pixels


def check_settled(snapshot: Snapshot) -> Iterator[Violation]:
    for order_id, order in snapshot.orders_by_id.items():
        if order["status"] not in FINAL_STATUSES:
            yield Violation("L1", order_id, f"the order is still {order['status']}.")
    if snapshot.queues is not None:
        yield from _check_queues(snapshot)
    for image in _images(snapshot):
        yield from _check_published(snapshot, image)
        yield from _check_processed(snapshot, image)


def check_overdue(snapshot: Snapshot, *, now: datetime) -> Iterator[Violation]:
    """Orders that stay in one status for too long, and uploads that get no thumbnails."""
    for order_id, order in snapshot.orders_by_id.items():
        if is_open(order) and datetime.fromisoformat(order["next_check_at"]) < now - MAX_OVERDUE:
            yield Violation("L1", order_id, f"the order is {order['status']} for too long.")
    for image in _images(snapshot):
        yield from _check_published(snapshot, image)
        if datetime.fromisoformat(image["requested_at"]) < now - MAX_OVERDUE:
            yield from _check_processed(snapshot, image)


def is_open(order: Row) -> bool:
    return order["status"] not in FINAL_STATUSES


def _check_queues(snapshot: Snapshot) -> Iterator[Violation]:
    """Only poison messages are left, each once and in its dead-letter queue."""
    expected = Counter(snapshot.poison_messages)
    found = Counter(
        (name, body) for name, bodies in (snapshot.queues or {}).items() for body in bodies
    )
    for (name, body), count in found.items():
        if not expected[name, body]:
            yield Violation("L2", name, f"messages left: {count}, for example {body[:120]}")
        elif count != expected[name, body]:
            yield Violation("L3", name, f"one poison message is there {count} times.")
    for name, body in snapshot.poison_messages:
        if (name, body) not in found:
            yield Violation("L3", name, f"a poison message did not arrive unchanged: {body[:120]}")


def _images(snapshot: Snapshot) -> Iterator[Row]:
    return (row for row in snapshot.catalog if row["item_id"].startswith("image#"))


def _check_published(snapshot: Snapshot, image: Row) -> Iterator[Violation]:
    """A published image has a thumbnail of each width."""
    image_id, version = image["image_id"], image.get("version")
    if snapshot.media is not None and version:
        keys = [f"media/{image_id}/{version}/{width}.webp" for width in WIDTHS]
        if missing := [key for key in keys if key not in snapshot.media]:
            yield Violation("I1", image_id, f"pages refer to {missing[0]}, which does not exist.")


def _check_processed(snapshot: Snapshot, image: Row) -> Iterator[Violation]:
    upload = f"images/{image['slug']}/{image['image_id']}"
    if upload in (snapshot.uploads or ()) and image["state"] == "pending":
        yield Violation("I1", image["image_id"], "it was uploaded but has no thumbnails.")
