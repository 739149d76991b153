import pytest

from app.orders.transitions import ALLOWED_FROM
from tests.printed_figures import Say
from tests.simulation.models.explorer import Explored
from tests.simulation.models.order import ALL, FINAL, Guard, Guards, World, review_is_wrong
from tests.simulation.models.order_interleavings import Play, State
from tests.simulation.models.order_liveness import Endings
from tests.simulation.models.order_rules import CALLS

# The harm that is done soonest when a guard is missing.
NEEDED = {
    Guard.SAME_STATUS: "M3: closed, and the money is not back",
    Guard.SAME_EVENTS: "E1: two facts bear the same id",
    Guard.APPROVED_FIRST: "R1: charged without a merchant's yes",
    Guard.VOID_FIRST: "M3: closed, and the money is not back",
    Guard.LATE_MONEY_COUNTS: "M3: closed, and the money is not back",
    Guard.CLAIM_FIRST: "C1: shipped after an accepted cancel",
    Guard.CANCEL_BARS_SHIPPING: "C1: shipped after an accepted cancel",
    Guard.PACKED_FIRST: "C2: shipped while the customer may still cancel",
    Guard.STOCK_WITH_STATUS: "S3: held for nobody, or another order's piece was let go",
    Guard.REFUND_FIRST: "M3: closed, and the money is not back",
    Guard.CONFIRMED_ONCE: "M1: charged twice",
    Guard.VOID_IS_FINAL: "M3: closed, and the money is not back",
    Guard.REFUNDED_ONCE: "M4: more refunded than charged",
    Guard.CARRIER_IS_FINAL: "C3: the parcel is gone, and the money goes back",
}
REVIEWING = ("ask_for_review", "approve", "refuse", "decide_by_the_clock")
# Each of these alone would do: they all see to it that a merchant decides once.
SPARE = {Guard.SAME_EVENTS, Guard.DECIDED_ONCE, Guard.TOLD_ONCE}


def test_no_state_breaks_a_promise(explored: Explored[State], say: Say) -> None:
    assert explored.broken == "", explored.story
    say(f"order model: {len(explored.states)} states")


def test_from_every_state_the_order_can_still_come_to_its_end(worlds: set[World]) -> None:
    endings = Endings()

    assert [world for world in worlds if not endings.can_finish(world)] == []


def test_an_order_that_may_not_be_refunded_would_be_stuck(worlds: set[World]) -> None:
    class NobodyRefunds(Endings):
        def all_of(self, rule: str, world: World) -> set[World]:
            return {world} if rule == "refund" else super().all_of(rule, world)

    stuck = {world.status for world in worlds if not NobodyRefunds().can_finish(world)}

    assert stuck >= {"paid", "refunding"}


def test_the_worker_alone_takes_back_an_order_that_is_cancelled_while_paid(
    worlds: set[World],
) -> None:
    endings = Endings()
    cancelled = [it for it in worlds if it.status == "paid" and it.cancel_requested]

    for world in cancelled:
        (refunded,) = endings.all_of("refund", world)
        (released,) = endings.all_of("release", refunded)
        assert (released.status, released.refunded) == ("cancelled", 1)
    assert cancelled


def test_every_ending_is_reached(worlds: set[World]) -> None:
    assert {world.status for world in worlds} >= FINAL


@pytest.mark.parametrize("guard", NEEDED, ids=lambda guard: guard.name)
def test_a_guard_that_is_taken_away_is_missed(guard: Guard) -> None:
    explored = Play(ALL - {guard}).explored()

    assert explored.broken == NEEDED[guard], explored.story


def decided_once(guards: Guards) -> bool:
    return not Play(guards, rules=REVIEWING, broken=review_is_wrong).explored().broken


def test_a_merchant_decides_once_for_three_reasons_and_none_of_them_would_not_do() -> None:
    assert not decided_once(ALL - SPARE)


@pytest.mark.parametrize("guard", sorted(SPARE), ids=lambda guard: guard.name)
def test_each_of_the_three_reasons_would_do(guard: Guard) -> None:
    assert decided_once(ALL - SPARE | {guard})


def test_every_guard_is_either_needed_or_known_to_be_spare() -> None:
    assert NEEDED.keys() | SPARE == ALL


def test_the_model_makes_just_the_moves_that_the_code_allows(
    play: Play, explored: Explored[State]
) -> None:
    allowed = {(before, after) for after, froms in ALLOWED_FROM.items() for before in froms}

    assert allowed - play.moves == set(), "the code allows what no rule of the model does"
    assert play.moves - allowed == set(), "the model does what the code forbids"


def test_no_call_of_the_model_is_idle(play: Play, explored: Explored[State]) -> None:
    assert {run.call for _, runs in explored.states for run in runs} == CALLS.keys()


def test_three_at_once_break_no_promise_either(request: pytest.FixtureRequest, say: Say) -> None:
    if not request.config.getoption("--long"):
        pytest.skip("half a million states take a minute: --long")

    explored = Play(at_once=3).explored()

    assert explored.broken == "", explored.story
    say(f"order model, three at once: {len(explored.states)} states")
