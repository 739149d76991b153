"""A failed notification is repeated by Lambda for two minutes, then by the schedule."""

from datetime import timedelta

import pytest

from tests.builders import NOON
from workers.s3_events import RETRY_PERIOD, is_retried_by_lambda


@pytest.mark.parametrize(
    ("age", "is_retried"),
    [(RETRY_PERIOD - timedelta(seconds=1), True), (RETRY_PERIOD, False)],
)
def test_only_a_recent_notification_is_left_to_lambda(age: timedelta, *, is_retried: bool) -> None:
    event = {"Records": [{"eventTime": (NOON - age).isoformat()}]}

    assert is_retried_by_lambda(event, now=NOON) is is_retried
