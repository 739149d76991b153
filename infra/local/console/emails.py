"""The emails that the local shop has sent, read from the emulator's SES."""

import json
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from infra.local.cloud import LocalCloud


class StoredEmail(Struct, frozen=True):
    """A sent email as the emulator stores it."""

    message_id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    sent_at: datetime
    text: str
    html: str


class Mailbox:
    """All emails that the local shop has sent, to any address."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def list_emails(self, *, to: str = "") -> list[StoredEmail]:
        """Newest first; ``to`` is any part of a recipient's address."""
        matches = (it for it in self._sent() if to.lower() in " ".join(it.to).lower())
        return sorted(matches, key=lambda email: email.sent_at, reverse=True)

    def find_email(self, message_id: str) -> StoredEmail | None:
        return next((it for it in self.list_emails() if it.message_id == message_id), None)

    def _sent(self) -> list[StoredEmail]:
        response = self._cloud.get("/_ministack/ses/messages")
        accounts: dict[str, list[dict[str, Any]]] = json.loads(response.content)["messages"]
        return [_stored_email(message) for messages in accounts.values() for message in messages]


def _stored_email(message: dict[str, Any]) -> StoredEmail:
    return StoredEmail(
        message_id=message["MessageId"].partition("@")[0],
        sender=message["Source"],
        to=tuple(message["To"]),
        subject=message["Subject"],
        sent_at=datetime.fromtimestamp(message["Timestamp"], UTC),
        text=message["BodyText"] or "",
        html=message["BodyHtml"] or "",
    )
