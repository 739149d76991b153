"""Planted bugs of the outbox, the queue workers and the emails."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from ulid import ULID

from app import clock
from app.analytics import facts, rollup
from app.aws import sns
from app.aws.sns import EntryRefused, OutgoingEvent
from app.aws.step_functions import start_fulfillment
from app.emails import send_leases
from app.emails.send_leases import acquire_lease, record_result
from app.inventory.models import LedgerEntry
from app.orders import outbox
from app.orders.events import OrderEvent, UnreadableEvent, read_event
from app.orders.models import EventRow, Order
from app.orders.outbox import mark_published
from app.orders.reconciliation import start_next_run
from app.persistence import idempotency
from app.persistence.dynamodb import creation_actions, update_if
from app.shop_time import shop_time
from tests.simulation.planted_bugs.searches import Registry, crashes_of, outage, schedules
from tests.simulation.simulator.intruder import ALTERED, INVENTED, NOTICE
from tests.simulation.simulator.run import OUTBOX_POLLER
from tests.simulation.simulator.scenarios import SHIPPED, STREAM_SILENT
from tests.simulation.simulator.versions import NEWER_CODE
from workers import analytics, batch, email, outbox_poller, publish, reconcile

MESSAGING = Registry()

type Patch = pytest.MonkeyPatch


@MESSAGING.found_by(outage("ses-throttled-for-6m"), "E3")
def worker_acknowledges_on_throttle(patch: Patch) -> None:
    handle_failure = batch._handle_failure

    def acknowledge_throttle(
        record: batch.Record, message: object, error: Exception, worker: str
    ) -> bool:
        is_throttle = "TooManyRequests" in batch._error_name(error)
        return is_throttle or handle_failure(record, message, error, worker)

    patch.setattr(batch, "_handle_failure", acknowledge_throttle)


@MESSAGING.found_by(schedules(), "E3", "L1", "L3")
def worker_acknowledges_every_failure(patch: Patch) -> None:
    patch.setattr(batch, "_handle_failure", lambda *_: True)


@MESSAGING.found_by(outage("ses-throttled-for-1h"), "L2")
def worker_gives_up_after_five_attempts(patch: Patch) -> None:
    def is_old(record: batch.Record, message: object, *, now: datetime) -> bool:
        return batch._receive_count(record) >= 5

    patch.setattr(batch, "is_too_old", is_old)


@MESSAGING.found_by(outage("sns-throttled-for-6m"), "E2", "E3", "L1")
def poller_drops_an_event_on_any_error(patch: Patch) -> None:
    publish_events = outbox_poller._publish

    def publish_or_drop(batch: list[OutgoingEvent], now: datetime, errors: list[Exception]) -> None:
        try:
            publish_events(batch, now, errors)
        except Exception:
            for it in batch:
                mark_published(it.event.order_id, it.part, now=now)

    patch.setattr(outbox_poller, "_publish", publish_or_drop)


@MESSAGING.found_by(schedules(always=["message of a batch refused"]), "E2", "E3", "L1")
def publisher_ignores_that_sns_refuses_a_message_of_a_batch(patch: Patch) -> None:
    def publish_and_ignore(batch: list[OutgoingEvent]) -> dict[str, EntryRefused]:
        sns.publish_batch(batch)
        return {}

    patch.setattr(publish, "publish_batch", publish_and_ignore)


@MESSAGING.found_by(outage("sns-throttled-for-6m"), "E2", "E3", "L1")
def publisher_swallows_errors(patch: Patch) -> None:
    def publish_if_possible(batch: list[OutgoingEvent]) -> dict[str, EntryRefused]:
        try:
            return sns.publish_batch(batch)
        except Exception:
            return {}

    patch.setattr(publish, "publish_batch", publish_if_possible)


@MESSAGING.found_by(crashes_of(OUTBOX_POLLER, STREAM_SILENT), "E2", "E3", "L1", "expected")
def event_marked_published_before_publishing(patch: Patch) -> None:
    def mark_and_publish(batch: list[OutgoingEvent]) -> dict[str, EntryRefused]:
        for it in batch:
            mark_published(it.event.order_id, it.part, now=it.event.occurred_at)
        return sns.publish_batch(batch)

    patch.setattr(outbox_poller, "publish_batch", mark_and_publish)


@MESSAGING.found_by(schedules(always=[NEWER_CODE]), "L2", "E3", "L1")
def reader_forbids_unknown_fields(patch: Patch) -> None:
    def read_known_fields(body: str) -> OrderEvent:
        if "sales_channel" in body:
            raise UnreadableEvent("The event has an unknown field.")
        return read_event(body)

    patch.setattr(batch, "read_event", read_known_fields)


@MESSAGING.found_by(schedules(), "E4")
def consumer_without_deduplication(patch: Patch) -> None:
    def record_each_time(event_id: str, *args: Any, **options: Any) -> bool:
        return facts.record_fact(f"{event_id} {ULID()}", *args, **options)

    patch.setattr(analytics, "record_fact", record_each_time)


@MESSAGING.found_by(schedules(), "N1")
def figures_of_an_event_counted_twice(patch: Patch) -> None:
    def record_twice(event_id: str, at: datetime, totals: Any, **options: Any) -> bool:
        return facts.record_fact(event_id, at, [*totals] * 2, **options)

    patch.setattr(analytics, "record_fact", record_twice)


@MESSAGING.found_by(schedules(), "S4", "E3")
def ledger_entry_has_the_time_when_it_is_written(patch: Patch) -> None:
    of_order = LedgerEntry.of_order

    def written_now(sku: str, order_id: str, cause: str, at: datetime) -> LedgerEntry:
        return of_order(sku, order_id, cause, clock.now())

    patch.setattr(LedgerEntry, "of_order", staticmethod(written_now))


@MESSAGING.found_by(crashes_of("analytics", SHIPPED), "N1")
def only_a_new_fact_marks_its_hour(patch: Patch) -> None:
    def write_new_fact(row: Model, actions: list[Action], condition: Condition) -> bool:
        is_new = update_if(row, actions, condition)
        if not is_new:
            patch.setattr(facts, "mark_current_hour_due", lambda _: None)
            patch.setattr(facts, "mark_due", lambda _: None)
        return is_new

    patch.setattr(facts, "update_if", write_new_fact)


@MESSAGING.found_by(schedules(), "N1")
def hour_is_final_before_it_is_over(patch: Patch) -> None:
    patch.setattr(rollup, "FINAL_AFTER", timedelta(hours=-1))


@MESSAGING.found_by(schedules(), "N1")
def sales_counted_in_the_hour_of_processing(patch: Patch) -> None:
    patch.setattr(facts, "shop_time", lambda _: shop_time(clock.now()))


@MESSAGING.found_by(schedules(always=["delivered twice"]), "E3")
def email_without_send_lease(patch: Patch) -> None:
    update = idempotency.EmailDelivery.update

    def update_unconditionally(
        self: idempotency.EmailDelivery, actions: Any, condition: Any = None
    ) -> Any:
        return update(self, actions)

    patch.setattr(idempotency.EmailDelivery, "update", update_unconditionally)


@MESSAGING.found_by(crashes_of("email", SHIPPED), "E3")
def email_marked_sent_before_sending(patch: Patch) -> None:
    def acquire_and_record(*args: Any, **options: Any) -> send_leases.SendLease | None:
        lease = acquire_lease(*args, **options)
        if lease:
            record_result(lease, "sent", now=options["now"])
        return lease

    patch.setattr(email, "acquire_lease", acquire_and_record)


@MESSAGING.found_by(crashes_of("email", SHIPPED), "E3", "L2")
def email_lease_longer_than_visibility(patch: Patch) -> None:
    patch.setattr(send_leases, "LEASE_DURATION", timedelta(hours=2))


@MESSAGING.found_by(schedules(always=["delivered twice"]), "E3")
def email_lease_shorter_than_the_sending(patch: Patch) -> None:
    patch.setattr(send_leases, "LEASE_DURATION", timedelta(milliseconds=10))


@MESSAGING.found_by(schedules(), "E3")
def one_send_record_for_all_recipients(patch: Patch) -> None:
    patch.setattr(email, "recipient_hash", lambda order_id, _: order_id)


@MESSAGING.found_by(schedules(always=[INVENTED]), "E4", "N1")
def consumer_believes_every_message(patch: Patch) -> None:
    patch.setattr(batch, "require_in_outbox", lambda _: None)


@MESSAGING.found_by(schedules(always=[INVENTED]), "E4")
def email_worker_believes_every_message(patch: Patch) -> None:
    patch.setattr(email, "require_match", lambda *_: None)


@MESSAGING.found_by(schedules(always=[ALTERED]), "N1", "E3", "L3")
def consumer_compares_ids_but_not_contents(patch: Patch) -> None:
    def require_row(event: OrderEvent, rows: Iterable[EventRow]) -> None:
        if not any(rows):
            raise outbox.NotInOutbox("The outbox has no such event.")

    patch.setattr(outbox, "require_match", require_row)


@MESSAGING.found_by(schedules(), "L2", "E3")
def consumer_refuses_what_a_stale_read_misses(patch: Patch) -> None:
    def read_once(event: OrderEvent) -> Iterator[EventRow]:
        with suppress(EventRow.DoesNotExist):
            yield EventRow.get(
                event.order_id,
                outbox._part(event),
                attributes_to_get=[*outbox.CONSUMER_ATTRIBUTES],
            )

    patch.setattr(outbox, "_find_rows", read_once)


@MESSAGING.found_by(schedules(), "R2")
def consumer_writes_an_attribute_that_its_role_denies(patch: Patch) -> None:
    def with_tracking_code(row: Model) -> list[Action]:
        return [*creation_actions(row), Order.tracking_code.set("none")]

    patch.setattr(outbox, "creation_actions", with_tracking_code)


@MESSAGING.found_by(schedules(always=[NOTICE]), "W1")
def notice_of_a_failed_execution_is_believed(patch: Patch) -> None:
    """Without a call of the current run, a second execution starts beside the running one."""

    def start_next(order: Order) -> bool:
        run = start_next_run(order)
        return run is not None and start_fulfillment(order.order_id, run=run)

    patch.setattr(reconcile, "ensure_workflow_runs", start_next)
