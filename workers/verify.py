"""Scheduled verification: looks for inconsistent data while the shop is running."""

import time
from typing import Any

from app import clock
from app.aws.clients import client
from app.aws.queue_depths import waiting_consumers
from app.aws.table_reader import TableReader
from app.observability.lambda_context import inject_lambda_context
from app.observability.logs import log, log_error
from app.settings import settings
from app.verification import Snapshot, Violation, check_running
from app.verification.recent import read_recent

# Longer than review and packing together, so that orders are closed when they are checked last.
RECENT_DAYS = 3
CONFIRM_AFTER_SECONDS = 5


@inject_lambda_context
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Check recent and open orders, and log each violation; the last line is the alarm's metric.

    The rows of a running shop are not read at one moment. A violation counts if it is found in two
    snapshots that were read some seconds apart. It changes nothing, so a repeat is harmless.
    """
    snapshot, violations = _verify()
    if violations:
        time.sleep(CONFIRM_AFTER_SECONDS)
        _, repeated = _verify()
        confirmed = {(it.rule, it.subject) for it in repeated}
        violations = [it for it in violations if (it.rule, it.subject) in confirmed]
    for violation in violations:
        # The message of a privacy violation quotes the personal data that it found.
        detail = "" if violation.rule == "P1" else violation.message
        log_error("inconsistent", rule=violation.rule, subject=violation.subject, detail=detail)
    orders = len(snapshot.orders_by_id)
    log("verify", orders=orders, violations=len(violations))
    return {"orders": orders, "violations": len(violations)}


def _verify() -> tuple[Snapshot, list[Violation]]:
    waiting = waiting_consumers(settings().consumer_queues)
    tables = TableReader(client("dynamodb"), settings().stack_name)
    now = clock.now()
    zone = settings().shop_time_zone
    snapshot = read_recent(tables, now=now, days=RECENT_DAYS, time_zone=zone, waiting=waiting)
    return snapshot, check_running(snapshot, now=now)
