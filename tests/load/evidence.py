"""What a run of load may leave behind: good notes over books that balance, for tests to spoil."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.verification import Books
from tests.load.assertions import Evidence, Verdict, judge
from tests.load.recorder import Noted
from tests.load.records import Pressed, Seen
from tests.load.targets import LOCAL

PLACED = datetime(2031, 6, 12, 12, tzinfo=UTC)
ORDER = "01ORDER"


def seen(page: str = "Home", ms: float = 20, status: int = 200, error: str = "") -> Seen:
    return Seen(page, PLACED.timestamp(), ms, status, error)


def placed(order_id: str = ORDER, ms: float = 100) -> Pressed:
    return Pressed("place", order_id, "form", ms)


def a_story(*, paid: float = 0.5, packed: float = 20, shipped: float = 21) -> list[dict[str, Any]]:
    """An order's rows, with so many seconds from placed to each."""
    times = {"order_placed": 0.0, "order_paid": paid, "order_shipped": shipped}
    events = [
        {
            "order_id": ORDER,
            "part": f"event#{number:04d}#{kind}",
            "type": kind,
            "occurred_at": after(seconds),
            "published_at": after(seconds + 0.1),
            "body": f'{{"event_id": "{ORDER}-{number:04d}"}}',
        }
        for number, (kind, seconds) in enumerate(times.items(), 1)
    ]
    order = {"order_id": ORDER, "part": "order", "packing_until": after(paid + packed)}
    return [order, *events]


def a_mark(consumer: str, event: int, seconds: float) -> dict[str, Any]:
    part = f"seen#{consumer}#{ORDER}-{event:04d}"
    return {"order_id": ORDER, "part": part, "at": after(seconds)}


def after(seconds: float) -> str:
    return (PLACED + timedelta(seconds=seconds)).isoformat()


def some_evidence(**others: Any) -> Evidence:
    noted = Noted(requests=[seen(), seen("Place order", 100)], pressed=[placed()])
    books = Books(orders=a_story())
    usual: dict[str, Any] = {"noted": noted, "books": books, "breaches": [], "dead_letters": 0}
    return Evidence(**(usual | others))


def missed(evidence: Evidence) -> list[str]:
    return [it.what for it in verdicts(evidence) if not it.kept]


def verdicts(evidence: Evidence) -> list[Verdict]:
    return judge(evidence, LOCAL)
