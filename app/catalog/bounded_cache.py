"""A cache of bounded size, for what was derived from one read of the catalog or of the stock."""

from collections.abc import Callable, Hashable

MAX_FRAGMENTS = 200  # usually some 20 KB each, so 4 MB
MAX_FRAGMENT_LENGTH = 100_000  # characters


class BoundedCache[Value]:
    """Values by keys that name all they were made from. A full cache forgets all of them.

    ``is_kept`` is False for a value that is too large: it is made again each time.
    """

    def __init__(self, max_values: int, is_kept: Callable[[Value], bool] = lambda _: True) -> None:
        self._values: dict[Hashable, Value] = {}
        self._max_values, self._is_kept = max_values, is_kept

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of this key, which is made at the first time."""
        try:
            return self._values[key]
        except KeyError:
            pass
        value = make()
        if self._is_kept(value):
            if len(self._values) >= self._max_values:
                self._values.clear()
            self._values[key] = value
        return value

    def __len__(self) -> int:
        return len(self._values)


def fragment_cache() -> BoundedCache[str]:
    """For HTML of pages, without unusually long parts: a hostile URL is repeated in each link."""
    return BoundedCache(MAX_FRAGMENTS, lambda html: len(html) <= MAX_FRAGMENT_LENGTH)
