"""The letters the local shop has sent, as the emulator's SES has kept them."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
from msgspec import Struct

from infra.local.cloud import LocalCloud


class Letter(Struct, frozen=True):
    letter_id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    sent_at: datetime
    text: str
    html: str


class Mailbox:
    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def letters(self, *, to: str = "") -> list[Letter]:
        """Newest first; `to` is any part of an address."""
        wanted = (it for it in self._sent() if to.lower() in " ".join(it.to).lower())
        return sorted(wanted, key=lambda letter: letter.sent_at, reverse=True)

    def letter(self, letter_id: str) -> Letter | None:
        return next((it for it in self.letters() if it.letter_id == letter_id), None)

    def _sent(self) -> list[Letter]:
        answer = httpx.get(f"{self._cloud.url}/_ministack/ses/messages", timeout=5)
        accounts: dict[str, list[dict[str, Any]]] = json.loads(answer.content)["messages"]
        return [_letter(message) for messages in accounts.values() for message in messages]


def _letter(message: dict[str, Any]) -> Letter:
    return Letter(
        letter_id=message["MessageId"].partition("@")[0],
        sender=message["Source"],
        to=tuple(message["To"]),
        subject=message["Subject"],
        sent_at=datetime.fromtimestamp(message["Timestamp"], UTC),
        text=message["BodyText"] or "",
        html=message["BodyHtml"] or "",
    )
