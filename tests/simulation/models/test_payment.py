import pytest

from tests.printed_figures import Say
from tests.simulation.models.payment import (
    ALL,
    Guard,
    Play,
    Protocol,
    can_be_paid,
    looking_first,
    with_intent,
    with_key,
    with_lock,
)


def test_the_shops_protocol_never_charges_twice_and_can_always_finish(say: Say) -> None:
    explored = Play(with_intent).explored()

    assert explored.broken == "", explored.story
    assert all(can_be_paid(world) for world, _ in explored.states)
    say(f"payment model: {len(explored.states)} states")


@pytest.mark.parametrize("guard", Guard)
def test_without_one_of_its_guards_it_charges_twice(guard: Guard) -> None:
    explored = Play(with_intent, ALL - {guard}).explored()

    assert explored.broken == "M1: charged twice"


@pytest.mark.parametrize("protocol", [looking_first, with_lock, with_key])
def test_the_three_others_charge_twice(protocol: Protocol) -> None:
    explored = Play(protocol).explored()

    assert explored.broken == "M1: charged twice"
    assert explored.story
