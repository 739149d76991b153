"""Where the exhibits live: a table, a topic, a bank and a post office, all in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

type Row = dict[str, Any]


class Died(BaseException):
    """The process is gone. Not an ``Exception``, so that no exhibit catches its own death."""


class Declined(Exception):
    """The bank says no."""


@dataclass
class World:
    """Each method is a remote call, before which something may happen, once."""

    rows: dict[str, Row] = field(default_factory=dict)
    published: list[str] = field(default_factory=list)
    charges: list[str] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    before: dict[str, Callable[[], object]] = field(default_factory=dict)

    def dying_before(self, call: str) -> "World":
        def die() -> None:
            raise Died

        return self.meanwhile(call, die)

    def meanwhile(self, call: str, act: Callable[[], object]) -> "World":
        self.before[call] = act
        return self

    def _about_to(self, call: str) -> None:
        self.before.pop(call, lambda: None)()

    def get(self, key: str) -> Row:
        self._about_to("get")
        return dict(self.rows.get(key, {}))

    def put(self, key: str, **changes: Any) -> None:
        self._about_to("put")
        self.rows[key] = self.rows.get(key, {}) | changes

    def publish(self, message: str) -> None:
        self._about_to("publish")
        self.published.append(message)

    def charge(self, order_id: str) -> None:
        self._about_to("charge")
        self.charges.append(order_id)

    def send(self, letter: str) -> None:
        self._about_to("send")
        self.letters.append(letter)
