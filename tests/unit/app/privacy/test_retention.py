"""Retention: orders lose their personal data by age, and customers who left lose theirs."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from ulid import ULID

from app.clock import use_clock
from app.orders.models import Address, Order
from app.orders.transitions import find_order
from app.persistence.audit_log import AuditLogEntry
from app.privacy import erasure_requests
from app.privacy.erasure_requests import (
    REQUEST_TTL,
    REQUESTS_OWNER,
    SETTLED_AFTER,
    ErasureRequest,
    follow_erasure_requests,
    request_erasure,
)
from app.privacy.order_erasure import Erasure
from app.privacy.retention import (
    FIRST_DAY,
    INVOICES,
    TERMS,
    UNCHARGED,
    erase_expired,
    next_day,
    save_cursor,
)
from app.settings import Settings
from infra.local.cloud import LocalCloud
from tests.builders import LambdaContextStub, an_order, an_order_in_status
from tests.crash_injection import crash, failing_calls, recorded_calls
from tests.fake_clouds import override_settings
from tests.security.test_template import TEMPLATE
from workers.retention import MIN_REMAINING_MS, handler

COUNTRY_ONLY = Address("", "", "", "", "", "DE")
# A day of its own for this module: orders of other tests are placed on others.
PLACED = datetime(2028, 3, 7, 12, tzinfo=UTC)
DAY = PLACED.date()
AFTER_UNCHARGED = PLACED + timedelta(days=181)
LAST_DAY_OF_TERM = datetime(2036, 12, 31, 12, tzinfo=UTC)
AFTER_TERM = LAST_DAY_OF_TERM + timedelta(days=1)


@pytest.fixture(autouse=True)
def _begin_at_this_day(tables: LocalCloud) -> Iterator[None]:
    """The walk begins at the day of these tests, and requests of a test are deleted."""
    with use_clock(lambda: PLACED):
        for term in TERMS:
            save_cursor(term, DAY)
        yield
    for row in ErasureRequest.query(REQUESTS_OWNER):
        row.delete()


def always() -> bool:
    return True


def a_closed_order(status: str, **details: Any) -> Order:
    return an_order_in_status(status, now=PLACED, **details)


def erasure_of(order: Order) -> str | None:
    return find_order(order.order_id).erasure


def test_uncharged_order_loses_its_personal_data_after_180_days() -> None:
    declined, shipped = a_closed_order("declined"), a_closed_order("shipped")

    early = erase_expired(UNCHARGED, always, now=PLACED + timedelta(days=180))
    in_time = erase_expired(UNCHARGED, always, now=AFTER_UNCHARGED)

    assert early.total() == 0
    assert in_time["erased"] >= 1
    assert (erasure_of(declined), erasure_of(shipped)) == (Erasure.COMPLETE, None)


def test_cancelled_order_that_was_charged_is_kept_as_an_invoice() -> None:
    order = a_closed_order("paid")
    order.update(actions=[Order.status.set("cancelled"), Order.open_shard.remove()])

    erase_expired(UNCHARGED, always, now=AFTER_UNCHARGED)

    assert erasure_of(order) is None


def test_invoice_is_kept_for_8_years_from_the_end_of_its_year() -> None:
    order = a_closed_order("shipped")

    erase_expired(INVOICES, always, now=LAST_DAY_OF_TERM)
    at_the_end = find_order(order.order_id)
    erase_expired(INVOICES, always, now=AFTER_TERM)
    after = find_order(order.order_id)

    assert at_the_end.erasure is None
    assert (after.erasure, after.address) == (Erasure.COMPLETE, COUNTRY_ONLY)


def test_the_terms_are_settings() -> None:
    order = a_closed_order("shipped")

    with override_settings(invoice_retention_years="10"):
        erase_expired(INVOICES, always, now=AFTER_TERM)
    assert erasure_of(order) is None

    with override_settings(uncharged_order_days="7", invoice_retention_years="1"):
        erase_expired(INVOICES, always, now=datetime(2030, 1, 1, 12, tzinfo=UTC))
    assert erasure_of(order) == Erasure.COMPLETE


def test_cursor_moves_to_the_first_day_that_is_kept() -> None:
    a_closed_order("declined")

    erase_expired(UNCHARGED, always, now=AFTER_UNCHARGED + timedelta(days=10))

    assert next_day(UNCHARGED) == DAY + timedelta(days=11)


def test_open_order_keeps_the_cursor_and_later_orders_are_erased() -> None:
    with use_clock(lambda: PLACED):
        is_open = an_order(now=PLACED)
        later = an_order_in_status("declined", now=PLACED + timedelta(days=1))

    counts = erase_expired(UNCHARGED, always, now=AFTER_UNCHARGED + timedelta(days=1))

    assert counts["pending"] >= 1
    assert next_day(UNCHARGED) == DAY
    assert (erasure_of(is_open), erasure_of(later)) == (None, Erasure.COMPLETE)
    is_open.update(actions=[Order.status.set("declined"), Order.open_shard.remove()])
    erase_expired(UNCHARGED, always, now=AFTER_UNCHARGED + timedelta(days=1))
    assert next_day(UNCHARGED) == DAY + timedelta(days=2)


def test_walk_stops_when_the_time_is_over_and_the_next_run_continues() -> None:
    orders = [a_closed_order("declined") for _ in range(3)]
    answers = iter([True, True, True])  # the day, and two orders

    erase_expired(UNCHARGED, lambda: next(answers, False), now=AFTER_UNCHARGED)
    done = sum(erasure_of(order) is not None for order in orders)
    assert 0 < done < 3
    assert next_day(UNCHARGED) == DAY

    erase_expired(UNCHARGED, always, now=AFTER_UNCHARGED)
    assert all(erasure_of(order) for order in orders)


def test_repeat_of_a_day_only_reads() -> None:
    a_closed_order("declined")
    erase_expired(UNCHARGED, always, now=AFTER_UNCHARGED)
    save_cursor(UNCHARGED, DAY)

    with recorded_calls() as calls:
        counts = erase_expired(UNCHARGED, always, now=AFTER_UNCHARGED)

    assert counts["erased"] == 0
    writes = [call for call in calls if call.split()[0] not in ("Query", "BatchGetItem")]
    assert ["retention" in write for write in writes] == [True]  # the cursor


def test_order_that_fails_does_not_stop_the_others_and_the_function_reports_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    failing, other = a_closed_order("declined"), a_closed_order("declined")

    with (
        use_clock(lambda: AFTER_UNCHARGED),
        failing_calls(f"UpdateItem {failing.order_id}", "ValidationException"),
        pytest.raises(RuntimeError, match="could not be erased: 1"),
    ):
        handler({}, LambdaContextStub())

    assert (erasure_of(failing), erasure_of(other)) == (None, Erasure.COMPLETE)
    assert next_day(UNCHARGED) == DAY
    assert failing.order_id in capsys.readouterr().err


def test_crash_loses_nothing() -> None:
    order = a_closed_order("declined")
    with use_clock(lambda: AFTER_UNCHARGED), crash(before=f"UpdateItem {order.order_id}"):
        handler({}, LambdaContextStub())

    with use_clock(lambda: AFTER_UNCHARGED):
        handler({}, LambdaContextStub())

    assert erasure_of(order) == Erasure.COMPLETE


def test_function_without_time_erases_nothing() -> None:
    order = a_closed_order("declined")

    with use_clock(lambda: AFTER_UNCHARGED):
        result = handler({}, LambdaContextStub(MIN_REMAINING_MS - 1))

    assert result == {"erased": 0, "pending": 0, "failed": 0}
    assert erasure_of(order) is None


def test_after_a_restore_the_walk_begins_at_the_first_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.privacy.retention.FIRST_DAY", DAY)
    order = a_closed_order("declined")
    save_cursor(UNCHARGED, DAY + timedelta(days=100))

    with use_clock(lambda: AFTER_UNCHARGED):
        handler({}, LambdaContextStub())
        assert erasure_of(order) is None
        handler({"after_restore": True}, LambdaContextStub())

    assert erasure_of(order) == Erasure.COMPLETE


# --- requests of customers -------------------------------------------------------------------


def an_email() -> str:
    return f"ada-{ULID()}@potter.example".lower()


def follow(now: datetime) -> dict[str, int]:
    return dict(follow_erasure_requests(always, now=now))


def the_request() -> ErasureRequest:
    """The row that lists the orders."""
    (request,) = (row for row in ErasureRequest.query(REQUESTS_OWNER) if row.order_ids)
    return request


def test_orders_of_a_customer_who_left_are_erased_when_they_are_settled() -> None:
    email = an_email()
    shipped, declined = (a_closed_order(it, email=email) for it in ("shipped", "declined"))
    of_another = a_closed_order("declined", email=an_email())

    request_erasure(email, "s~1", now=PLACED)
    last_change = find_order(shipped.order_id).status_changed_at
    early = follow(last_change + SETTLED_AFTER)
    settled = follow(last_change + SETTLED_AFTER + timedelta(seconds=1))

    assert early["pending"] >= 1
    assert settled == {"erased": 1}
    erasures = [erasure_of(it) for it in (shipped, declined, of_another)]
    assert erasures == [Erasure.CONTACT, Erasure.COMPLETE, None]


def test_open_order_is_finished_first_and_its_request_lives_on() -> None:
    email = an_email()
    order = an_order(email=email, now=PLACED)
    request_erasure(email, "s~1", now=PLACED)

    later = PLACED + timedelta(days=30)
    assert follow(later) == {"pending": 1}

    assert erasure_of(order) is None
    assert find_order(order.order_id).email == email
    assert the_request().expires_at == later + REQUEST_TTL


def test_order_that_fails_does_not_stop_the_requests_and_is_tried_again() -> None:
    email = an_email()
    orders = [a_closed_order("declined", email=email) for _ in range(2)]
    failing, other = sorted(orders, key=lambda it: it.order_id)
    request_erasure(email, "s~1", now=PLACED)
    later = find_order(other.order_id).status_changed_at + timedelta(days=31)

    with failing_calls(f"UpdateItem {failing.order_id}", "ValidationException"):
        assert follow(later) == {"failed": 1, "erased": 1}

    assert (erasure_of(failing), erasure_of(other)) == (None, Erasure.COMPLETE)
    assert the_request().expires_at == later + REQUEST_TTL
    assert follow(later) == {"erased": 1}


def test_repeat_of_a_request_changes_nothing() -> None:
    email = an_email()
    a_closed_order("declined", email=email)
    before = len([*AuditLogEntry.query(f"{PLACED:%Y-%m}")])

    for days in (0, 1):
        request_erasure(email, "s~1", now=PLACED + timedelta(days=days))

    assert ErasureRequest.get(REQUESTS_OWNER, "s~1").requested_at == PLACED
    assert len([*AuditLogEntry.query(f"{PLACED:%Y-%m}")]) == before + 1


def test_rows_of_a_request_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    email = f"ada-{ULID()}@potter.example".lower()
    order_ids = {a_closed_order("declined", email=email).order_id for _ in range(5)}
    monkeypatch.setattr(erasure_requests, "ORDERS_PER_ROW", 2)

    with recorded_calls() as calls:
        request_erasure(email, "s~1", now=PLACED)

    listed = [row.order_ids for row in ErasureRequest.query(REQUESTS_OWNER) if row.order_ids]
    assert sorted(len(ids) for ids in listed) == [1, 2, 2]
    assert set().union(*listed) == order_ids
    operations = [call.partition(" ")[0] for call in calls]
    assert operations.count("Query") == 2, "one for each index, however many orders"
    assert operations.count("PutItem") == 3
    settled = max(find_order(it).status_changed_at for it in order_ids) + SETTLED_AFTER * 2
    assert follow(settled)["erased"] == 5


def test_repeat_after_a_crash_lists_the_rest() -> None:
    email = f"ada-{ULID()}@potter.example".lower()
    first = a_closed_order("declined", email=email)
    request_erasure(email, "s~1", now=PLACED)
    later = a_closed_order("declined", email=email)

    request_erasure(email, "s~1", now=PLACED)

    assert the_request().order_ids == {first.order_id, later.order_id}


def test_request_has_no_personal_data() -> None:
    email = an_email()
    a_closed_order("declined", email=email)

    request_erasure(email, "s~1", now=PLACED)

    assert "ada-" not in str(the_request().serialize())
    (entry,) = [it for it in AuditLogEntry.query(f"{PLACED:%Y-%m}") if it.by == "customer"][-1:]
    assert "ada-" not in str(entry.serialize())


def test_request_outlives_the_backups() -> None:
    email = an_email()
    a_closed_order("declined", email=email)
    request_erasure(email, "s~1", now=PLACED)

    assert the_request().expires_at - PLACED > timedelta(days=35)


def test_order_that_a_restore_brought_back_is_erased_again() -> None:
    email = an_email()
    order = a_closed_order("declined", email=email)
    backup = find_order(order.order_id)
    request_erasure(email, "s~1", now=PLACED)
    settled = find_order(order.order_id).status_changed_at + timedelta(days=31)
    assert follow(settled) == {"erased": 1}
    backup.save()

    assert follow(settled) == {"erased": 1}

    assert erasure_of(order) == Erasure.COMPLETE


def test_first_day_is_before_any_order() -> None:
    assert date(2026, 11, 23) > FIRST_DAY


def test_defaults_of_the_terms_equal_the_parameters_of_the_template() -> None:
    for parameter, setting in (
        ("InvoiceRetentionYears", "invoice_retention_years"),
        ("UnchargedOrderDays", "uncharged_order_days"),
        ("LogRetentionDays", "log_retention_days"),
    ):
        assert TEMPLATE["Parameters"][parameter]["Default"] == getattr(Settings(), setting)
