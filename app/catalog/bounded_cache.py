"""A cache of bounded size, for what was derived from one read of the catalog or of the stock."""

from collections.abc import Callable, Hashable


class BoundedCache[Value]:
    """Values by keys that name all they were made from. A full cache forgets all of them."""

    def __init__(self, max_values: int) -> None:
        self._values: dict[Hashable, Value] = {}
        self._max_values = max_values

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of this key, which is made at the first time."""
        if key not in self._values:
            if len(self._values) >= self._max_values:
                self._values.clear()
            self._values[key] = make()
        return self._values[key]

    def __len__(self) -> int:
        return len(self._values)
