"""Exhibit 8: the confirmation is a step of the order. A full mailbox takes the order back."""

from infra.local.cloud import LocalCloud
from tests.builders import LambdaContextStub, a_batch, a_product, an_order
from tests.crash_injection import interleave
from tests.invariants import assert_invariants, run_to_completion
from tests.simulation.museum.world import World
from tests.unit.workers.queue_readers import letters_to, the_first_event
from workers import email


def fulfil(world: World, order_id: str) -> None:
    try:
        world.charge(order_id)
        world.put(order_id, status="paid")
        world.send(f"thank you for {order_id}")
    except Exception:
        world.put(order_id, status="failed")


def mailbox_full() -> None:
    raise RuntimeError("452 mailbox full")


def test_a_paid_order_fails_for_a_letter() -> None:
    world = World().meanwhile("send", mailbox_full)

    fulfil(world, "order")

    assert world.charges == ["order"]
    assert world.rows["order"]["status"] == "failed"


def test_with_us_the_letter_waits_and_the_order_goes_on(tables: LocalCloud) -> None:
    product = a_product()
    order = an_order(product, email="full@potter.example")
    batch = a_batch(the_first_event(order))

    with interleave(mailbox_full, before="SendEmail"):
        handed_back = email.handler(batch, LambdaContextStub())
    shipped = run_to_completion(order.order_id)

    assert len(handed_back["batchItemFailures"]) == 1
    assert shipped.status == "shipped"
    assert_invariants(order.order_id, product)
    assert letters_to(tables, "full@potter.example") == []
