"""Exhibit 8, side effect in the critical path: a failing confirmation email fails a paid order."""

from infra.local.cloud import LocalCloud
from tests.builders import LambdaContextStub, a_batch, a_product, an_order
from tests.crash_injection import interleave
from tests.invariants import assert_invariants, run_to_completion
from tests.simulation.museum.fake_services import FakeServices
from tests.unit.workers.queue_readers import emails_to, first_event_of
from workers import email


def fulfill(services: FakeServices, order_id: str) -> None:
    try:
        services.charge(order_id)
        services.put(order_id, status="paid")
        services.send_email(f"thank you for {order_id}")
    except Exception:
        services.put(order_id, status="failed")


def mailbox_full() -> None:
    raise RuntimeError("452 mailbox full")


def test_failed_email_fails_a_paid_order() -> None:
    services = FakeServices().interleave("send_email", mailbox_full)

    fulfill(services, "order")

    assert services.charges == ["order"]
    assert services.rows["order"]["status"] == "failed"


def test_app_retries_the_email_while_the_order_ships(tables: LocalCloud) -> None:
    product = a_product()
    order = an_order(product, email="full@potter.example")
    batch = a_batch(first_event_of(order))

    with interleave(mailbox_full, before="SendEmail"):
        response = email.handler(batch, LambdaContextStub())
    shipped = run_to_completion(order.order_id)

    assert len(response["batchItemFailures"]) == 1
    assert shipped.status == "shipped"
    assert_invariants(order.order_id, product)
    assert emails_to(tables, "full@potter.example") == []
