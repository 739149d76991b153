"""SES: sends emails, each to one address."""

from botocore.exceptions import BotoCoreError, ClientError

from app.aws.clients import client
from app.emails.templates import Email
from app.errors import Unavailable
from app.i18n.messages import lazy_gettext
from app.settings import settings

# SES refuses this recipient or this content; a repeat would be refused as well.
# https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html
REFUSALS = frozenset({"BadRequestException", "InvalidParameterValue", "MessageRejected"})


class AddressRefused(Exception):
    """SES does not send to this address: a permanent failure of that address alone.

    The text is SES's error code, without the address.
    """


def send(email: Email, to: str, *, event_id: str, traceparent: str = "") -> None:
    """Send one email. SES sets ``Message-ID`` itself, so ``X-Event-Id`` carries the event id.

    The header ``traceparent`` is that of the event, so that each attempt sends the same email.
    Raises ``AddressRefused``.
    """
    try:
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
                    "Headers": [
                        {"Name": name, "Value": value}
                        for name, value in (("X-Event-Id", event_id), ("traceparent", traceparent))
                        if value
                    ],
                }
            },
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in REFUSALS or _is_about_sender(error):
            raise
        raise AddressRefused(code) from error


def send_while_visitor_waits(email: Email, to: str, *, event_id: str) -> None:
    """Send one email that a visitor has just asked for.

    Raises ``AddressRefused``, and ``Unavailable`` for any other failure of SES.
    """
    try:
        send(email, to, event_id=event_id)
    except (BotoCoreError, ClientError) as error:
        message = lazy_gettext("We cannot send emails at the moment. Try again in a few minutes.")
        raise Unavailable(message) from error


def _is_about_sender(error: ClientError) -> bool:
    """Whether our own address is not verified, which concerns all emails and can be repaired.

    The message ends with the identities that failed the check: ``...in region EU-CENTRAL-1: a, b``.
    """
    sender = settings().mail_from.lower()
    message = error.response["Error"].get("Message", "").lower()
    failed = {it.strip() for it in message.rpartition(":")[2].split(",")}
    return not failed.isdisjoint({sender, sender.partition("@")[2]})
