"""Checks before a deployment whether SES may send emails from an address."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError

# What the template's parameter MailFrom takes; it says the same to CloudFormation.
EMAIL_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+")
# Reserved, so without an owner: https://www.rfc-editor.org/rfc/rfc2606, and 6761 and 6762.
RESERVED_DOMAIN = re.compile(
    r"(.*[.])?(example|test|invalid|localhost|local|example[.](com|net|org))"
)


@dataclass(frozen=True)
class Check:
    """``refused`` says that a deployment fails; a ``warning`` what the operator should know."""

    state: Literal["ok", "warning", "refused"]
    words: str


def is_reserved(mail_from: str) -> bool:
    """Whether the address is in a domain that is reserved, so that SES can never verify it."""
    return RESERVED_DOMAIN.fullmatch(mail_from.rpartition("@")[2].lower()) is not None


def check_emails(ses: Any, mail_from: str) -> Iterator[Check]:
    """Yield what keeps the account from sending from this address, or to everybody."""
    if words := _explain_unusable(mail_from):
        yield Check("refused", words)
        return
    if not ses.get_account()["ProductionAccessEnabled"]:
        yield Check(
            "warning",
            "SES is in the sandbox here: it sends 200 emails a day, and only to addresses that you "
            "verify. Verify the merchants' addresses, or request production access "
            "(https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html).",
        )
    yield from _check_identity(ses, mail_from)


def _explain_unusable(mail_from: str) -> str:
    """Why SES can never send from it; empty if it could."""
    if is_reserved(mail_from):
        return f"The domain of {mail_from} is reserved. Set MailFrom to an address of your own."
    if not EMAIL_ADDRESS.fullmatch(mail_from):
        return (
            f"{mail_from!r} is no email address. Set MailFrom to one without a name, such as "
            "orders@shop.com; write an internationalized domain in Punycode."
        )
    return ""


def _check_identity(ses: Any, mail_from: str) -> Iterator[Check]:
    for identity in (mail_from, mail_from.rpartition("@")[2]):
        try:
            found = ses.get_email_identity(EmailIdentity=identity)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NotFoundException":
                raise
            continue
        verified = found.get("VerifiedForSendingStatus")
        state = "verified" if verified else "known to SES, but not verified yet"
        yield Check(
            "ok" if verified else "warning",
            f"{identity} is {state}. If this stack did not create it, deploy with "
            "SenderVerification=existing.",
        )
        return
    yield Check("ok", f"The deployment asks SES to verify {mail_from}.")
