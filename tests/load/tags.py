"""How what a run has made is known later: by its e-mail addresses, which nobody else has."""

from datetime import UTC, datetime

# AWS's own mailbox for tests takes any label, costs no reputation, and answers nobody.
# https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
MAILBOX = "simulator.amazonses.com"
TAG = "success+load-"  # how every address of a run begins: its orders are known by it


def address(run: str, name: str) -> str:
    return f"{TAG}{run}-{name}@{MAILBOX}"


def tagged(email: str) -> bool:
    return email.startswith(TAG) and email.endswith(f"@{MAILBOX}")


def new_run() -> str:
    """Sorts by time; short enough for an address."""
    return f"{datetime.now(UTC):%y%m%d%H%M%S}"
