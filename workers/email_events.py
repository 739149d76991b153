"""Events of SES about emails that came back, or whose readers reported them as spam.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from typing import Any

import msgspec

from app.emails.send_leases import BOUNCED, COMPLAINED, ReturnedResult
from app.orders.events import read_message

EVENT_ID_HEADER = "x-event-id"  # of our emails, see app/aws/ses.py
PERMANENT = "Permanent"  # a transient bounce, such as a full mailbox, may still be delivered


class _Header(msgspec.Struct, frozen=True):
    name: str
    value: str


class _Mail(msgspec.Struct, frozen=True):
    destination: list[str] = []
    headers: list[_Header] = []


class _Bounce(msgspec.Struct, frozen=True):
    type: str = msgspec.field(name="bounceType", default="")


class _Detail(msgspec.Struct, frozen=True):
    mail: _Mail
    bounce: _Bounce | None = None


class ReturnedEmail(msgspec.Struct, frozen=True):
    """EventBridge's "Email Bounced" or "Email Complaint Received": the fields used here."""

    detail: _Detail

    @property
    def event_id(self) -> str:
        """The id of the order event that the email is about; empty if it is about none."""
        headers = self.detail.mail.headers
        return next((it.value for it in headers if it.name.lower() == EVENT_ID_HEADER), "")

    @property
    def addresses(self) -> list[str]:
        return self.detail.mail.destination

    @property
    def result(self) -> ReturnedResult | None:
        """None for a bounce that is not permanent."""
        if self.detail.bounce is None:
            return COMPLAINED
        return BOUNCED if self.detail.bounce.type == PERMANENT else None


def is_from_ses(record: dict[str, Any]) -> bool:
    """Whether EventBridge sent the message: order events have a type as attribute, not this key."""
    return '"detail-type"' in record["body"] and "type" not in record.get("messageAttributes", {})


def read_returned_email(record: dict[str, Any]) -> ReturnedEmail:
    """Read the event from an SQS record. Raises ``UnreadableEvent``."""
    event: ReturnedEmail = read_message(record["body"], ReturnedEmail)
    return event
