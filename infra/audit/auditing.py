"""The audit: every check over one set of books, those for any moment and those for rest apart."""

from collections.abc import Iterable

from infra.audit import answers, effects, endings, figures, money, privacy, stock
from infra.audit.books import Books, Breach


def at_any_time(books: Books) -> list[Breach]:
    """What must hold after every single write, whether orders are under way or not."""
    parts = (money, stock, effects, figures, answers, privacy)
    return [breach for part in parts for breach in part.at_any_time(books)]


def at_rest(books: Books) -> list[Breach]:
    """What must hold besides, once the queues are drained and every order should be closed."""
    parts = (money, stock, effects, figures, endings)
    return [breach for part in parts for breach in part.at_rest(books)]


def told(breaches: Iterable[Breach]) -> str:
    """All of them for a person, one to a line."""
    return "\n".join(map(str, breaches)) or "The books balance."
