import pytest

from tests.printed_figures import PrintFigure
from tests.simulation.models.payment import (
    ALL_GUARDS,
    Guard,
    PaymentModel,
    Protocol,
    can_finish,
    charge_with_intent,
    charge_with_key,
    charge_with_lock,
    check_then_charge,
)


def test_app_protocol_never_charges_twice_and_can_always_finish(print_figure: PrintFigure) -> None:
    explored = PaymentModel(charge_with_intent).explore()

    assert explored.violation == "", explored.counterexample
    assert all(can_finish(state) for state, _ in explored.states)
    print_figure(f"payment model: {len(explored.states)} states")


@pytest.mark.parametrize("guard", Guard)
def test_without_a_guard_the_app_protocol_charges_twice(guard: Guard) -> None:
    explored = PaymentModel(charge_with_intent, ALL_GUARDS - {guard}).explore()

    assert explored.violation == "M1: charged twice"


@pytest.mark.parametrize("protocol", [check_then_charge, charge_with_lock, charge_with_key])
def test_other_protocols_charge_twice(protocol: Protocol) -> None:
    explored = PaymentModel(protocol).explore()

    assert explored.violation == "M1: charged twice"
    assert explored.counterexample
