from datetime import UTC, datetime, timedelta

from app import clock
from tests.builders import NOON


def test_clock_is_the_system_time() -> None:
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_clock_can_be_replaced_inside_a_with_block() -> None:
    with clock.use_clock(lambda: NOON):
        assert clock.now() == NOON

    assert clock.now() != NOON
