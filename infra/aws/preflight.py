"""Checks before a deployment: what would fail later, or surprise, in this account and region."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError

from infra.aws.regions import SUPPORTED_REGIONS

type ClientFactory = Callable[[str], Any]

STACK_NAME = re.compile(r"[a-z][a-z0-9-]{0,26}")  # it is part of bucket names, of 63 characters
# Reserved, so without an owner: https://www.rfc-editor.org/rfc/rfc2606, and 6761 and 6762.
RESERVED_DOMAIN = re.compile(
    r"(.*[.])?(example|test|invalid|localhost|local|example[.](com|net|org))"
)
FEW_EXECUTIONS = 100  # a new account has 10, and a usual one 1,000


@dataclass(frozen=True)
class Check:
    """``refused`` says that a deployment fails; a ``warning`` what the operator should know."""

    state: Literal["ok", "warning", "refused"]
    words: str


def run_checks(
    client: ClientFactory, *, region: str, stack_name: str, mail_from: str
) -> Iterator[Check]:
    """Yield the result of each check. Raises the SDK's errors without credentials or region."""
    yield _check_region(region)
    account = client("sts").get_caller_identity()["Account"]
    yield Check("ok", f"Account {account}.")
    yield _check_stack_name(stack_name)
    yield _check_concurrency(client("lambda"))
    yield from _check_emails(client("sesv2"), mail_from)


def is_reserved(mail_from: str) -> bool:
    """Whether the address is in a domain that is reserved, so that SES can never verify it."""
    return RESERVED_DOMAIN.fullmatch(mail_from.rpartition("@")[2].lower()) is not None


def _check_region(region: str) -> Check:
    if region not in SUPPORTED_REGIONS:
        supported = ", ".join(SUPPORTED_REGIONS)
        return Check("refused", f"{region} lacks a service of the shop. Choose one of {supported}.")
    return Check("ok", f"Region {region}.")


def _check_stack_name(stack_name: str) -> Check:
    if not STACK_NAME.fullmatch(stack_name):
        return Check(
            "refused",
            f"The stack's name {stack_name} does not fit bucket names: use at most 27 "
            "characters of a-z, 0-9 and -, and begin with one of a-z.",
        )
    return Check("ok", f"Stack {stack_name}.")


def _check_concurrency(functions: Any) -> Check:
    limit = functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    words = f"{limit} functions may run at once in this account and region."
    if limit < FEW_EXECUTIONS:
        advice = "Enough for a demo; request a higher quota of Lambda for a shop with customers."
        return Check("warning", f"{words} {advice}")
    return Check("ok", words)


def _check_emails(ses: Any, mail_from: str) -> Iterator[Check]:
    if is_reserved(mail_from):
        yield Check(
            "refused",
            f"The domain of {mail_from} is reserved. Set MailFrom to an address of your own.",
        )
        return
    if not ses.get_account()["ProductionAccessEnabled"]:
        yield Check(
            "warning",
            "SES is in the sandbox here: it sends 200 emails a day, and only to addresses that you "
            "verify. Verify the merchants' addresses, or request production access "
            "(https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html).",
        )
    yield from _check_identity(ses, mail_from)


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
