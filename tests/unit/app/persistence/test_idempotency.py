from datetime import timedelta

import pytest
from ulid import ULID

from app.persistence.idempotency import ProcessedEvent, mark_processed, processed_key
from tests.builders import NOON

pytestmark = pytest.mark.usefixtures("tables")


def test_repeat_keeps_the_time_at_which_an_event_was_processed_first() -> None:
    event, order = str(ULID()), str(ULID())

    for minutes in (0, 5):
        mark_processed("tests", event, order, now=NOON + timedelta(minutes=minutes))

    assert ProcessedEvent.get(order, processed_key("tests", event)).at == NOON


def test_two_consumers_each_process_the_event() -> None:
    event, order = str(ULID()), str(ULID())

    for consumer in ("analytics", "inventory"):
        mark_processed(consumer, event, order, now=NOON)

    assert len(list(ProcessedEvent.query(order))) == 2
