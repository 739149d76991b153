import pytest

from tests.printed_figures import Say
from tests.simulation.models.hot_stock import IN_VAIN, POLICIES, Policy, Sale, compared, play

BY_NAME = {policy.name: policy for policy in POLICIES}
ONE_ROW, BLIND = BY_NAME["one row"], BY_NAME["8 drawers, blind, one try"]
TWICE, OURS = BY_NAME["8 drawers, blind, two tries"], BY_NAME["8 drawers, look first"]
SEEDS = range(1, 6)


def a_rush(policy: Policy, seed: int = 1) -> Sale:
    return play(policy, buyers=1_000, each_second=500, pieces=950, seed=seed)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_whatever_the_policy_nothing_is_sold_twice_and_everybody_is_told(policy: Policy) -> None:
    sale = a_rush(policy)

    assert sale.told["sold"] + sum(sale.rows) == 950
    assert sum(sale.told.values()) == 1_000


def test_who_chooses_blindly_is_refused_while_there_is_some() -> None:
    assert all(a_rush(BLIND, seed).told[IN_VAIN] > 0 for seed in SEEDS)


def test_a_second_try_refuses_fewer_and_still_some() -> None:
    once, twice = (sum(a_rush(it, seed).told[IN_VAIN] for seed in SEEDS) for it in (BLIND, TWICE))

    assert 0 < twice < once


def test_who_looks_first_is_never_refused_while_there_is_some(say: Say) -> None:
    say("\n".join(compared()))

    assert [a_rush(OURS, seed).told[IN_VAIN] for seed in SEEDS] == [0] * len(SEEDS)


def test_eight_drawers_sell_several_times_as_fast_as_one_row() -> None:
    one, ours = (
        play(policy, buyers=3_000, each_second=1_000, pieces=3_000) for policy in (ONE_ROW, OURS)
    )

    assert ours.told["sold"] > 4 * one.told["sold"]
    assert ours.transactions / ours.told["sold"] < one.transactions / one.told["sold"] / 4
