"""Privacy: log lines and events contain no personal data and no secrets (P1)."""

import re
from collections.abc import Iterator
from functools import lru_cache

from app.verification.snapshot import Snapshot, Violation

SENSITIVE = {
    "an email address": re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++\.[\w.]"),
    "the key of an order's signed link": re.compile(r"[?&]key="),
    "a task token": re.compile(r"task_token"),
    "a card number": re.compile(r"\b\d(?:[ -]?\d){15}\b"),
}


def check_invariants(snapshot: Snapshot) -> Iterator[Violation]:
    bodies = [row["body"] for row in snapshot.events.values()]
    for source, texts in (("log", snapshot.log_lines), ("event", bodies)):
        for text in texts:
            for kind in _sensitive_in(text):
                yield Violation("P1", source, f"contains {kind}: {text[:120]}")


@lru_cache(maxsize=10_000)
def _sensitive_in(text: str) -> tuple[str, ...]:
    return tuple(kind for kind, pattern in SENSITIVE.items() if pattern.search(text))
