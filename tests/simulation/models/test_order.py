import pytest

from app.orders.models import FINAL
from app.orders.transitions import ALLOWED_FROM
from tests.printed_figures import PrintFigure
from tests.simulation.models.explorer import Explored
from tests.simulation.models.order import (
    ALL_GUARDS,
    Guard,
    Guards,
    OrderState,
    review_violation,
)
from tests.simulation.models.order_interleavings import OrderModel, State
from tests.simulation.models.order_liveness import Liveness
from tests.simulation.models.order_rules import CALLS

# The first violation without each guard.
VIOLATION_WITHOUT = {
    Guard.SAME_STATUS: "M3: closed without a refund",
    Guard.SAME_EVENTS: "E1: two events have the same id",
    Guard.APPROVED_FIRST: "R1: charged without an approval",
    Guard.VOID_FIRST: "M3: closed without a refund",
    Guard.LATE_CAPTURE_COUNTS: "M3: closed without a refund",
    Guard.TRANSITION_BEFORE_CARRIER: "C1: shipped after an accepted cancellation",
    Guard.CANCEL_BARS_SHIPPING: "C1: shipped after an accepted cancellation",
    Guard.PACKED_FIRST: "C2: shipped while the customer may still cancel",
    Guard.STOCK_WITH_STATUS: "S3: reserved for a closed order, or another order's unit released",
    Guard.REFUND_FIRST: "M3: closed without a refund",
    Guard.CAPTURED_ONCE: "M1: charged twice",
    Guard.VOID_IS_FINAL: "M3: closed without a refund",
    Guard.REFUNDED_ONCE: "M4: more refunded than charged",
    Guard.CARRIER_IS_FINAL: "C3: the parcel was sent and the money is refunded",
}
REVIEW_RULES = ("request_review", "approve", "reject", "expire_review")
# Each of these alone is enough for a single decision.
REDUNDANT = {Guard.SAME_EVENTS, Guard.DECIDED_ONCE, Guard.EVENT_APPENDED_ONCE}


def test_every_reachable_state_keeps_every_invariant(
    explored: Explored[State], print_figure: PrintFigure
) -> None:
    assert explored.violation == "", explored.counterexample
    print_figure(f"order model: {len(explored.states)} states")


def test_every_state_can_reach_a_final_status(order_states: set[OrderState]) -> None:
    liveness = Liveness()

    assert [state for state in order_states if not liveness.can_finish(state)] == []


def test_without_refunds_paid_orders_get_stuck(order_states: set[OrderState]) -> None:
    class WithoutRefunds(Liveness):
        def results_of(self, rule: str, state: OrderState) -> set[OrderState]:
            return {state} if rule == "refund" else super().results_of(rule, state)

    liveness = WithoutRefunds()

    stuck = {state.status for state in order_states if not liveness.can_finish(state)}

    assert stuck >= {"paid", "refunding"}


def test_worker_alone_compensates_an_order_cancelled_while_paid(
    order_states: set[OrderState],
) -> None:
    liveness = Liveness()
    cancelled = [it for it in order_states if it.status == "paid" and it.cancel_requested]

    for state in cancelled:
        (refunded,) = liveness.results_of("refund", state)
        (released,) = liveness.results_of("release", refunded)
        assert (released.status, released.refunds) == ("cancelled", 1)
    assert cancelled


def test_every_final_status_is_reached(order_states: set[OrderState]) -> None:
    assert {state.status for state in order_states} >= FINAL


@pytest.mark.parametrize("guard", VIOLATION_WITHOUT, ids=lambda guard: guard.name)
def test_without_a_guard_an_invariant_is_violated(guard: Guard) -> None:
    explored = OrderModel(ALL_GUARDS - {guard}).explore()

    assert explored.violation == VIOLATION_WITHOUT[guard], explored.counterexample


def is_decided_once(guards: Guards) -> bool:
    model = OrderModel(guards, rules=REVIEW_RULES, invariant=review_violation)
    return not model.explore().violation


def test_without_all_redundant_guards_a_review_is_decided_twice() -> None:
    assert not is_decided_once(ALL_GUARDS - REDUNDANT)


@pytest.mark.parametrize("guard", sorted(REDUNDANT), ids=lambda guard: guard.name)
def test_each_redundant_guard_alone_keeps_a_review_decided_once(guard: Guard) -> None:
    assert is_decided_once(ALL_GUARDS - REDUNDANT | {guard})


def test_every_guard_is_either_needed_or_known_to_be_redundant() -> None:
    assert VIOLATION_WITHOUT.keys() | REDUNDANT == ALL_GUARDS


def test_model_makes_exactly_the_transitions_that_the_app_allows(
    order_model: OrderModel, explored: Explored[State]
) -> None:
    allowed = {(before, after) for after, froms in ALLOWED_FROM.items() for before in froms}

    assert allowed - order_model.transitions == set(), "the app allows what no rule does"
    assert order_model.transitions - allowed == set(), "a rule does what the app forbids"


def test_every_call_of_the_model_is_used(explored: Explored[State]) -> None:
    assert {run.call for _, runs in explored.states for run in runs} == CALLS.keys()


def test_three_concurrent_rules_keep_every_invariant(
    request: pytest.FixtureRequest, print_figure: PrintFigure
) -> None:
    if not request.config.getoption("--long"):
        pytest.skip("half a million states take a minute: --long")

    explored = OrderModel(concurrency=3).explore()

    assert explored.violation == "", explored.counterexample
    print_figure(f"order model, three concurrent rules: {len(explored.states)} states")
