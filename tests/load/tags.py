"""Tag the data of load tests by email addresses that no real customer has."""

from datetime import UTC, datetime

# The SES mailbox simulator accepts any label and does not affect the sender's reputation.
# https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
MAILBOX = "simulator.amazonses.com"
TAG = "success+load-"  # the prefix of every load test's addresses, by which its orders are found


def load_email(run_id: str, name: str) -> str:
    return f"{TAG}{run_id}-{name}@{MAILBOX}"


def is_load_email(email: str) -> bool:
    return email.startswith(TAG) and email.endswith(f"@{MAILBOX}")


def new_run_id() -> str:
    """Return an id that sorts by time and is short enough for an email address."""
    return f"{datetime.now(UTC):%y%m%d%H%M%S}"
