"""The independent verifier: reads the stored rows and reports where the data is inconsistent.

It calls no business rule of the application. What it knows of prices, statuses and events is
implemented a second time, because a verifier that shared code with what it judges would share its
bugs.

    snapshot = Snapshot(orders=[...], stock=[...], provider=[...], ...)
    violations = [*check_invariants(snapshot), *check_settled(snapshot)]
    print(format_violations(violations))

``check_invariants`` holds after every single write, also while orders are in progress. All rows
must be read at one moment, so a running shop is read until two snapshots in a row are equal.
``check_settled`` holds once nothing changes any more: queues are empty and every order is closed.
``check_running`` is for a shop with traffic: it judges each order that is at rest on its own.
Data that cannot be read (``None``, for example sent emails on AWS) is not checked.
"""

from app.verification.liveness import is_open
from app.verification.snapshot import RecordedResponse, SentEmail, Snapshot, Violation
from app.verification.verifier import (
    check_invariants,
    check_running,
    check_settled,
    format_violations,
    is_at_rest,
)

__all__ = [
    "RecordedResponse",
    "SentEmail",
    "Snapshot",
    "Violation",
    "check_invariants",
    "check_running",
    "check_settled",
    "format_violations",
    "is_at_rest",
    "is_open",
]
