"""The clock on the wall, and another one for a while."""

from datetime import UTC, datetime, timedelta

from app import clock
from tests.builders import NOON


def test_it_goes_by_the_wall() -> None:
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_for_a_while_another_clock_is_looked_at() -> None:
    with clock.going_by(lambda: NOON):
        assert clock.now() == NOON

    assert clock.now() != NOON
