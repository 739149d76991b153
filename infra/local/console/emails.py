"""The emails that the local shop has sent, read from the emulator's SES."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from infra.local.cloud import LocalCloud
from infra.local.email_search import PATH


class StoredEmail(Struct, frozen=True):
    """A sent email as the emulator stores it."""

    message_id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    sent_at: datetime
    text: str
    html: str


@dataclass(frozen=True)
class EmailPage:
    """Emails without their bodies, newest first; ``total`` counts all that match."""

    emails: list[StoredEmail]
    total: int
    older: int  # how many to skip for the next page; 0 on the last one


class Mailbox:
    """All emails that the local shop has sent, to any address."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def page(self, *, to: str = "", text: str = "", skip: int = 0) -> EmailPage:
        """``to`` is any part of a recipient's address, ``text`` any part of a body."""
        answer = self._search(to=to, text=text, skip=str(skip))
        emails = [_stored_email(it) for it in answer["emails"]]
        shown = skip + len(emails)
        older = shown if emails and shown < answer["total"] else 0
        return EmailPage(emails, answer["total"], older)

    def find_email(self, message_id: str) -> StoredEmail | None:
        found = self._search(id=message_id)["emails"]
        return _stored_email(found[0]) if found else None

    def list_emails(self, *, to: str = "") -> list[StoredEmail]:
        """All emails with their bodies, newest first; ``to`` is any part of an address."""
        matches = (it for it in self._sent() if to.lower() in " ".join(it.to).lower())
        return sorted(matches, key=lambda email: email.sent_at, reverse=True)

    def _search(self, **query: str) -> dict[str, Any]:
        response = self._cloud.get(f"{PATH}?{urlencode(query)}")
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

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
