"""SES: sends emails."""

from app.aws.clients import client
from app.emails.templates import Email
from app.settings import settings


def send(email: Email, to: str, *, event_id: str) -> None:
    """Send one email. SES sets ``Message-ID`` itself, so ``X-Event-Id`` carries the event id."""
    client("sesv2").send_email(
        FromEmailAddress=settings().mail_from,
        Destination={"ToAddresses": [to]},
        Content={
            "Simple": {
                "Subject": {"Data": email.subject, "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": email.text, "Charset": "UTF-8"},
                    "Html": {"Data": email.html, "Charset": "UTF-8"},
                },
                "Headers": [{"Name": "X-Event-Id", "Value": event_id}],
            }
        },
    )
