"""The emails that SES has sent, and which of them may be repeated.

SES has no idempotency key, so a sender that dies after SES accepted an email, and before it could
record that, must send it again. No other reason excuses a second email.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from greenlet import getcurrent  # type: ignore[import-untyped]

from app.verification import SentEmail, Snapshot, Violation
from tests.simulation.simulator.scheduler import Invocation

TO_MERCHANTS = ("order_review_requested", "stock_low")
REQUESTED = ("sign-in-", "order-link-")  # the ids of emails that a person requested begin so


@dataclass(eq=False)
class _Sending:
    """One acceptance by SES. ``recorded`` is whether its sender marked the email as sent."""

    email: SentEmail
    sender: object
    at: datetime
    recorded: bool = False

    @property
    def has_died(self) -> bool:
        """Whether the sender got no response, crashed or failed before it recorded the email."""
        if self.recorded or not isinstance(self.sender, Invocation):
            return False
        return any(
            at is not None and at >= self.at
            for at in (self.sender.failed_at, self.sender.unanswered_at)
        )


class SentEmails:
    """Everything that SES accepted, in order."""

    def __init__(self) -> None:
        self._sendings: list[_Sending] = []
        self._excused: set[str] = set()
        self._not_excused: set[str] = set()

    def accept(self, event_id: str, address: str, at: datetime) -> None:
        sending = _Sending(SentEmail(event_id, address), getcurrent(), at)
        for earlier in self._sendings:
            if earlier.email == sending.email:
                (self._excused if earlier.has_died else self._not_excused).add(event_id)
        self._sendings.append(sending)

    def record(self, event_id: str) -> None:
        """The running function has stored that it sent the email of this event."""
        sender = getcurrent()
        for sending in self._sendings:
            if sending.sender is sender and sending.email.event_id == event_id:
                sending.recorded = True

    @property
    def excused(self) -> frozenset[str]:
        """The events whose repeated emails all had a reason."""
        return frozenset(self._excused - self._not_excused)

    def about_events(self) -> Iterator[SentEmail]:
        for sending in self._sendings:
            if not sending.email.event_id.startswith(REQUESTED):
                yield sending.email


def check_recipients(snapshot: Snapshot, merchants: Collection[str]) -> Iterator[Violation]:
    """Each merchant has a delivery record of each email to merchants, whatever its result is."""
    for event_id, event in snapshot.events.items():
        if event["type"] in TO_MERCHANTS:
            rows = snapshot.rows_by_order[event["order_id"]]
            records = sum(row["part"].startswith(f"email#{event_id}#") for row in rows)
            if records != len(merchants):
                message = (
                    f"merchants that {event['type']} concerns: {len(merchants)}, not {records}."
                )
                yield Violation("E3", event["order_id"], message)
