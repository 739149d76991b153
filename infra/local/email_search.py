"""Serve the emulator's sent emails in pages, newest first, without their bodies.

MiniStack's own endpoint returns all emails with all bodies: with 10,000 orders, 20,000 of them.
"""

from typing import Any

from ministack.services import ses  # type: ignore[import-untyped]

from infra.local.emulator_endpoint import Query

PATH = "/_ministack/emails"
MAX_EMAILS = 50  # of one answer
BODIES = ("BodyText", "BodyHtml")

type Email = dict[str, Any]


async def find_emails(query: Query) -> dict[str, Any]:
    """``id`` finds one email with its bodies; ``to`` and ``text`` filter the list from ``skip``."""
    emails = sorted(_sent(), key=lambda it: float(it["Timestamp"]), reverse=True)
    if wanted := query.get("id", ""):
        found = [it for it in emails if it["MessageId"].partition("@")[0] == wanted]
        return {"emails": found, "total": len(found)}
    to, text = query.get("to", "").lower(), query.get("text", "")
    found = [it for it in emails if to in " ".join(it["To"]).lower() and _contains(it, text)]
    skip = int(query["skip"]) if query.get("skip", "").isdecimal() else 0
    return {"emails": [_head(it) for it in found[skip : skip + MAX_EMAILS]], "total": len(found)}


def _sent() -> list[Email]:
    lists = ses._sent_emails.to_dict().values()
    return [email for emails in lists if isinstance(emails, list) for email in emails]


def _contains(email: Email, text: str) -> bool:
    return not text or any(text in (email.get(body) or "") for body in BODIES)


def _head(email: Email) -> Email:
    return {**email, **dict.fromkeys(BODIES, "")}
