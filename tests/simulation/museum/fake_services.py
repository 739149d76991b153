"""In-memory services for the exhibits: a table, a topic, a payment provider and a mail server."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

type Row = dict[str, Any]


class SimulatedCrash(BaseException):
    """The process ends here. Not an ``Exception``, so that no exhibit can catch it."""


class CardDeclined(Exception):
    """The payment provider declines the card."""


@dataclass
class FakeServices:
    """Each method is a remote call. ``before`` has callbacks that run once before such a call."""

    rows: dict[str, Row] = field(default_factory=dict)
    published: list[str] = field(default_factory=list)
    charges: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    before: dict[str, Callable[[], object]] = field(default_factory=dict)

    def crash_before(self, call: str) -> "FakeServices":
        def crash() -> None:
            raise SimulatedCrash

        return self.interleave(call, crash)

    def interleave(self, call: str, callback: Callable[[], object]) -> "FakeServices":
        self.before[call] = callback
        return self

    def _run_callback(self, call: str) -> None:
        self.before.pop(call, lambda: None)()

    def get(self, key: str) -> Row:
        self._run_callback("get")
        return dict(self.rows.get(key, {}))

    def put(self, key: str, **changes: Any) -> None:
        self._run_callback("put")
        self.rows[key] = self.rows.get(key, {}) | changes

    def publish(self, message: str) -> None:
        self._run_callback("publish")
        self.published.append(message)

    def charge(self, order_id: str) -> None:
        self._run_callback("charge")
        self.charges.append(order_id)

    def send_email(self, email: str) -> None:
        self._run_callback("send_email")
        self.emails.append(email)
