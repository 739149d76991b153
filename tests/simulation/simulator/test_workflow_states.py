"""Which states the workflow passes: Step Functions bills each one of every order."""

import pytest

from tests.simulation.simulator.run import Result
from tests.simulation.simulator.scenarios import ORDER_SCENARIOS

NORMAL = ("Charge", "Pack", "Ship", "SUCCEEDED")
CLOSED = ("Charge", "Release", "After release", "Done", "SUCCEEDED")
REFUNDED = ("Pause", "Route", "Refund", *CLOSED[1:])
REVIEWED = ("Charge", "Release", "After release", "Review", "Apply review decision")
STATES = {
    "an order is shipped": NORMAL,
    "cancelled while packing": NORMAL,  # the fulfillment worker has refunded it before Ship
    "the card is declined": CLOSED,
    "cancelled before the workflow starts": CLOSED,
    "cancelled during the charge": ("Charge", "Release", "After release", *REFUNDED),
    "the carrier refuses": ("Charge", "Pack", "Ship", "Release", "After release", *REFUNDED),
    "a merchant approves": (*REVIEWED, "Pause", "Route", *NORMAL),
    "a merchant rejects": (*REVIEWED, "Pause", "Route", "Done", "SUCCEEDED"),
    "the review times out": (*REVIEWED, "Pause", "Route", "Done", "SUCCEEDED"),
}


def run_scenario(name: str) -> Result:
    (scenario,) = (it for it in ORDER_SCENARIOS if it.name == name)
    return scenario.with_crashes().run()


@pytest.mark.parametrize("name", STATES)
def test_workflow_passes_no_state_that_the_order_does_not_need(name: str) -> None:
    trace = run_scenario(name).trace

    states = [line.rpartition(": ")[2] for line in trace if "  workflow " in line]
    assert tuple(states) == STATES[name]


def test_declined_card_makes_no_function_fail() -> None:
    """The alarms count failures of functions and of executions."""
    trace = run_scenario("the card is declined").trace

    ends = [line.partition(" ends: ")[2] for line in trace if " ends: " in line]
    assert ends
    assert not [end for end in ends if "Error" in end or "Unavailable" in end]
