"""Privacy: log lines and events contain no personal data and no secrets (P1).

An account's list, export and erasure find every order that the account placed (P2).
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

from app.verification.snapshot import Snapshot, Violation

SENSITIVE = {
    "an email address": re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++\.[\w.]"),
    "the key of an order's signed link": re.compile(r"[?&]key="),
    "a task token": re.compile(r"task_token"),
    # Not inside an id of a request or a trace, whose hexadecimal digits may all be decimal.
    "a card number": re.compile(r"(?<![\w-])\d(?:[ -]?\d){15}(?![\w-])"),
}


def check_invariants(snapshot: Snapshot) -> Iterator[Violation]:
    bodies = [row["body"] for row in snapshot.events.values()]
    for source, texts in (("log", snapshot.log_lines), ("event", bodies)):
        for text in texts:
            for kind in _sensitive_in(text):
                yield Violation("P1", source, f"contains {kind}: {text[:120]}")
    for order_id, order in snapshot.orders_by_id.items():
        if order.get("account_at") != (
            order.get("placed_at") if _is_found_by_owner(order) else None
        ):
            yield Violation("P2", order_id, "is not in the right list of its account's orders")


def _is_found_by_owner(order: Mapping[str, Any]) -> bool:
    """Whether a customer placed the order with another email than that of the account."""
    account = f"customer#{sha256(order.get('email', '').encode()).hexdigest()}"
    owner: str = order.get("owner", "")
    return owner.startswith("customer#") and owner != account


@lru_cache(maxsize=10_000)
def _sensitive_in(text: str) -> tuple[str, ...]:
    return tuple(kind for kind, pattern in SENSITIVE.items() if pattern.search(text))
