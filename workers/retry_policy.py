"""How long a message that failed waits for its next try, and when no further try can help."""

import random
from datetime import timedelta

from app import clock
from app.errors import NotFound
from app.orders.events import OrderEvent

LAST_TRY = 5  # the queues' maxReceiveCount: put aside by us, a message bears its reason
FIRST_PAUSE, LONGEST_PAUSE = 10, 900  # seconds; doubled with each try
IN_THE_BOOKS_BY_NOW = timedelta(days=1)  # an order that is not will never be


def pause_after(tries: int) -> int:
    """Spread out, so that a burst of failures does not come back as a burst."""
    pause: int = min(LONGEST_PAUSE, FIRST_PAUSE * 2**tries)
    return int(pause * random.uniform(0.75, 1))  # noqa: S311 (jitter, not a secret)


def hopeless(error: Exception, told: object) -> bool:
    now = clock.now()
    return (
        isinstance(error, NotFound)
        and isinstance(told, OrderEvent)
        and told.occurred_at < now - IN_THE_BOOKS_BY_NOW
    )
