"""A bounded cache keeps values until it is full."""

from app.catalog.bounded_cache import BoundedCache


def test_a_value_is_made_once_for_its_key() -> None:
    cache, made = BoundedCache[str](max_values=2), []

    values = [cache.get(key, lambda: made.append(1) or f"{len(made)}") for key in "aab"]  # type: ignore[func-returns-value]

    assert values == ["1", "1", "2"]


def test_a_full_cache_forgets_all_values_before_it_keeps_another() -> None:
    cache = BoundedCache[str](max_values=2)
    for key in "abc":
        cache.get(key, lambda: "first")

    again = [cache.get(key, lambda: "second") for key in "ca"]

    assert again == ["first", "second"]


def test_a_value_that_is_too_large_is_made_each_time() -> None:
    cache = BoundedCache[str](max_values=2, is_kept=lambda it: len(it) < 9)
    cache.get("a", lambda: "too large a value")

    assert cache.get("a", lambda: "another") == "another"
    assert len(cache) == 1
