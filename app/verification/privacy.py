"""Privacy: no log line, message or event tells whom it is about, or holds a key (P1)."""

import re
from collections.abc import Iterator
from functools import lru_cache

from app.verification.snapshot import Books, Breach

TELLING = {
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"),
    "a key to an order's page": re.compile(r"[?&]key="),
    "a task token": re.compile(r"task_token"),
    "a card number": re.compile(r"\b\d(?:[ -]?\d){15}\b"),
}


def at_any_time(books: Books) -> Iterator[Breach]:
    bodies = [row["body"] for row in books.events.values()]
    for where, texts in (("log", books.said), ("event", bodies)):
        for text in texts:
            for what in _told_in(text):
                yield Breach("P1", where, f"{what} is in: {text[:120]}")


@lru_cache(maxsize=10_000)
def _told_in(text: str) -> tuple[str, ...]:
    return tuple(what for what, pattern in TELLING.items() if pattern.search(text))
