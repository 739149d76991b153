"""The audit: every check over one set of books, those for any moment and those for rest apart."""

from collections.abc import Iterable

from app.verification import (
    event_effects,
    liveness,
    money,
    privacy,
    responses,
    sales_figures,
    stock,
)
from app.verification.snapshot import Books, Breach


def at_any_time(books: Books) -> list[Breach]:
    """What must hold after every single write, whether orders are under way or not."""
    parts = (money, stock, event_effects, sales_figures, responses, privacy)
    return [breach for part in parts for breach in part.at_any_time(books)]


def at_rest(books: Books) -> list[Breach]:
    """What must hold besides, once the queues are drained and every order should be closed."""
    parts = (money, stock, event_effects, sales_figures, liveness)
    return [breach for part in parts for breach in part.at_rest(books)]


def told(breaches: Iterable[Breach]) -> str:
    """All of them for a person, one to a line."""
    return "\n".join(map(str, breaches)) or "The books balance."
