from typing import NamedTuple

import pytest

from app.orders.models import Order, OrderStatus
from app.orders.next_step import next_step
from app.orders.queries import story_of
from app.payments.fake_gateway import Intent
from tests.builders import WAYS, a_product, an_order_that_is, counters
from tests.simulation.models import order_liveness
from tests.simulation.models.order import World

pytestmark = pytest.mark.usefixtures("tables")


class Look(NamedTuple):
    """As much of a world as can be seen in the tables and in the provider's books."""

    status: str
    needs_review: bool
    cancel_requested: bool
    closing_as: str
    told: tuple[str, ...]
    intent: str
    refunded: bool
    reserved: int
    sold: int


def look_at(world: World) -> Look:
    return Look(
        world.status,
        world.needs_review,
        world.cancel_requested,
        world.closing_as,
        tuple(what for _, what in sorted(world.told)),
        world.intent,
        world.refunded > 0,
        world.reserved - 1,
        world.sold,
    )


def as_it_is(status: str) -> tuple[Look, Order]:
    """An order that the real rules have brought there, seen with the model's eyes."""
    product = a_product(price=45_000 if status == "reviewing" else 2_450)
    order = an_order_that_is(status, product)
    _, reserved, sold = counters(product)
    intents = [*Intent.scan(Intent.order_id == order.order_id)]
    seen = Look(
        status,
        order.needs_review,
        order.cancel_requested,
        order.closing_as or "",
        tuple(row.type for row in story_of(order.order_id).events),
        intents[0].state if intents else "open",
        any(it.refund_id for it in intents),
        reserved,
        sold,
    )
    return seen, order


@pytest.fixture(scope="session")
def known(worlds: set[World]) -> dict[Look, set[World]]:
    found: dict[Look, set[World]] = {}
    for world in worlds:
        found.setdefault(look_at(world), set()).add(world)
    return found


@pytest.mark.parametrize("status", WAYS)
def test_what_the_rules_bring_about_is_in_the_model_and_goes_on_alike(
    known: dict[Look, set[World]], status: str
) -> None:
    seen, order = as_it_is(status)

    assert seen in known
    assert {order_liveness.next_step(world) for world in known[seen]} == {next_step(order)}


def test_every_status_is_compared() -> None:
    assert WAYS.keys() == set(OrderStatus)
