"""`shop verify`: check that orders, payments, parcels, stock, sales figures and emails agree."""

import sys
from datetime import UTC, datetime

from app.verification import check_running, format_violations
from infra.cli.terminal import StackName, find_stack, out
from infra.ops.verification_data import read_stable_snapshot
from infra.ops.verify import publish_violation_count, summarize
from infra.user_error import UserError


def verify(stack: StackName = "") -> None:
    """Check the stored data of all orders for consistency.

    Compares orders with the records of the payment provider and the carrier, with stock, the stock
    ledger, sales figures and (locally) sent emails. An order that was closed less than ten minutes
    ago may still have events in a queue: only its money and stock are checked. Also sets the
    metric of the inconsistency alarm. Exits with 1 if there are violations.
    """
    shop = find_stack(stack)
    snapshot = read_stable_snapshot(shop)
    if snapshot is None:
        raise UserError("The data changes all the time: try again when there is less traffic.")
    now = datetime.now(UTC)
    violations = check_running(snapshot, now=now)
    out.print(summarize(snapshot, now=now), soft_wrap=True)
    out.print(format_violations(violations), markup=False, soft_wrap=True)
    publish_violation_count(shop, len(violations))
    sys.exit(1 if violations else 0)
