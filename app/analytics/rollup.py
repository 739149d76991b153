"""Roll-up: sums up the facts of each hour that is due, so that a report reads a row per hour."""

from collections.abc import Callable
from datetime import datetime, timedelta

from app.analytics.facts import HOUR, new_version, start_of_hour, sums_of
from app.analytics.models import Figures, SalesRow, fact_partitions, sum_facts
from app.observability.logs import log_error
from app.persistence.dynamodb import update_if

# Longer than the clocks of two functions differ and a worker runs: after the hour, a worker marks
# the hour with every fact.
FINAL_AFTER = timedelta(minutes=30)


def roll_up(*, now: datetime, has_time: Callable[[], bool]) -> int:
    """Sum up all hours that are due, and return how many were written. A repeat changes nothing.

    An hour that fails does not stop the others; its error is raised after them. It stays due, so a
    report reads its facts meanwhile.
    """
    written, errors = 0, list[Exception]()
    for row in SalesRow.by_due.query("due"):
        if not has_time():
            break
        try:
            written += sum_up(row.entry, now=now)
        except Exception as error:
            log_error("roll-up failed", hour=row.entry, error=type(error).__name__)
            errors.append(error)
    if errors:
        raise errors[0]
    return written


def sum_up(hour: str, *, now: datetime) -> bool:
    """Store the sums of an hour's facts. Returns False if that is not needed, or a fact arrived.

    The hour is read before its facts, and written only if it has the same version still. It stays
    due until ``FINAL_AFTER`` its end. A fact that arrives after that marks it as due again.
    """
    row = sums_of(hour)
    row.refresh(consistent_read=True)
    if row.due is None:  # the index is older than the row
        return False
    figures = _sum_of_facts(hour)
    is_final = now >= start_of_hour(hour) + HOUR + FINAL_AFTER
    if figures == row.figures and not is_final:
        return False
    actions = [SalesRow.figures.set(figures), new_version()]
    if is_final:
        actions.append(SalesRow.due.remove())
    return update_if(row, actions, SalesRow.version == row.version)


def _sum_of_facts(hour: str) -> dict[str, Figures]:
    return sum_facts(
        fact
        for partition in fact_partitions(hour)
        for fact in SalesRow.query(partition, consistent_read=True)
    )
