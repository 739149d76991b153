"""What the code keeps in memory of one cloud: another one in the same process must not see it."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.analytics.facts import mark_current_hour_due
from app.aws import secrets
from app.catalog import catalog_cache


def clear_caches() -> None:
    catalog_cache.clear_cache()
    for cached in (
        mark_current_hour_due,
        secrets.signing_secret,
        secrets.reload_signing_secrets,
        secrets.webhook_secret,
        secrets.reload_webhook_secret,
    ):
        cached.cache_clear()


@contextmanager
def empty_caches() -> Iterator[None]:
    """Empty at the beginning, and emptied at the end."""
    clear_caches()
    try:
        yield
    finally:
        clear_caches()
