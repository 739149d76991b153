"""Sending letters through SES."""

from app.aws.clients import client
from app.emails.templates import Letter
from app.settings import settings


def send(letter: Letter, to: str, *, event_id: str) -> None:
    """Send one letter. SES sets ``Message-ID`` itself, so ours travels in ``X-Event-Id``."""
    client("sesv2").send_email(
        FromEmailAddress=settings().mail_from,
        Destination={"ToAddresses": [to]},
        Content={
            "Simple": {
                "Subject": {"Data": letter.subject, "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": letter.text, "Charset": "UTF-8"},
                    "Html": {"Data": letter.html, "Charset": "UTF-8"},
                },
                "Headers": [{"Name": "X-Event-Id", "Value": event_id}],
            }
        },
    )
