"""After the storm: wait until every order is closed and nothing moves, then hand over the books."""

import time
from collections import Counter
from dataclasses import replace

from app.verification import Books
from infra.ops.deployed_stack import Deployed
from infra.ops.verification_data import read_books, steady_books
from infra.user_error import Trouble

FINAL = ("shipped", "declined", "cancelled")
PATIENCE = 900  # seconds; each time its worker is killed, a message is hidden for three minutes
PAUSE = 5  # seconds


def settled_books(shop: Deployed) -> Books:
    """Raises ``Trouble``, naming the orders, when calm does not return."""
    deadline = time.monotonic() + PATIENCE
    while moving := still_moving(shop):
        if time.monotonic() > deadline:
            raise Trouble(f"After {PATIENCE} seconds there still are: {'; '.join(moving)}.")
        time.sleep(PAUSE)
    books = steady_books(shop)
    if books is None:
        raise Trouble("All is closed, and something still writes.")
    return books


def still_moving(shop: Deployed) -> list[str]:
    books = read_books(shop)
    orders = [
        f"{row['order_id']} {row['status']}"
        for row in books.placed.values()
        if row["status"] not in FINAL
    ]
    pending = [f"event {event_id}" for event_id, row in books.events.items() if row.get("pending")]
    return [*orders, *pending, *_queues(shop, dead=False)]


def dead_letters(shop: Deployed) -> list[str]:
    """Dead letters, by queue. Those of the stream hold positions only; the sweeper did the rest."""
    return [it for it in _queues(shop, dead=True) if "Publish" not in it]


def sent_twice(books: Books) -> frozenset[str]:
    """Letters whose worker was killed between sending and noting it: once more, and no oftener."""
    times = Counter(books.letters or ())
    return frozenset(letter.event_id for letter, number in times.items() if number == 2)


def forgiving(books: Books) -> Books:
    return replace(books, may_repeat=sent_twice(books))


def _queues(shop: Deployed, *, dead: bool) -> list[str]:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    names.append("ApproximateNumberOfMessagesDelayed")
    found: list[str] = []
    for name, url in shop.resources("AWS::SQS::Queue").items():
        if name.endswith("DeadLetters") != dead:
            continue
        answer = shop.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
        if number := sum(int(it) for it in answer["Attributes"].values()):
            found.append(f"{number} in {name}")
    return found
