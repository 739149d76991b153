"""Checks before a deployment: what would fail later, or surprise, in this account and region."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from infra.aws.email_checks import Check, check_emails
from infra.aws.regions import SUPPORTED_REGIONS, explain_unsupported

type ClientFactory = Callable[[str], Any]

STACK_NAME = re.compile(r"[a-z][a-z0-9-]{0,26}")  # it is part of bucket names, of 63 characters
FEW_EXECUTIONS = 100  # a new account has 10, and a usual one 1,000


def run_checks(
    client: ClientFactory, *, region: str, stack_name: str, mail_from: str
) -> Iterator[Check]:
    """Yield the result of each check. Raises the SDK's errors without credentials or region."""
    local_checks = (_check_region(region), _check_stack_name(stack_name))
    yield from local_checks
    if any(it.state == "refused" for it in local_checks):
        return  # what another region answers is of no use
    account = client("sts").get_caller_identity()["Account"]
    yield Check("ok", f"Account {account}.")
    yield _check_concurrency(client("lambda"))
    yield from check_emails(client("sesv2"), mail_from)


def _check_region(region: str) -> Check:
    if region not in SUPPORTED_REGIONS:
        return Check("refused", explain_unsupported(region))
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
