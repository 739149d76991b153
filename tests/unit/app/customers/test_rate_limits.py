from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from ulid import ULID

from app.customers.rate_limits import RateLimit
from app.errors import RateLimited
from tests.builders import NOON

pytestmark = pytest.mark.usefixtures("tables")
THREE = RateLimit("test", 3)


def test_rate_limit_raises_when_the_window_is_full() -> None:
    source = str(ULID())
    for _ in range(3):
        THREE.hit(source, now=NOON)

    with pytest.raises(RateLimited):
        THREE.hit(source, now=NOON)


def test_rate_limit_counts_each_source_separately() -> None:
    for _ in range(5):
        THREE.hit(str(ULID()), now=NOON)


def test_retry_after_is_the_time_until_the_next_window() -> None:
    source = str(ULID())
    for _ in range(3):
        THREE.hit(source, now=NOON)

    with pytest.raises(RateLimited) as limited:
        THREE.hit(source, now=NOON)

    assert 0 < limited.value.retry_after <= 901
    THREE.hit(source, now=NOON + timedelta(seconds=limited.value.retry_after))


def test_concurrent_attempts_do_not_exceed_the_rate_limit() -> None:
    source = str(ULID())

    def attempt(_: int) -> bool:
        try:
            THREE.hit(source, now=NOON)
        except RateLimited:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 3
