from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from app.inventory.stock_shards import MAX_EXTRA_SHARDS, allocate
from tests.printed_figures import PrintFigure
from tests.simulation.models.hot_stock import (
    APP,
    BLIND,
    BLIND_TWICE,
    ONE_ROW,
    POLICIES,
    REFUSED_WITH_STOCK,
    UNIFORM,
    Policy,
    Sale,
    Shard,
    compare_policies,
    simulate,
)

SEEDS = range(1, 6)


def rush(policy: Policy, seed: int = 1) -> Sale:
    return simulate(policy, buyers=1_000, per_second=250, units=950, seed=seed)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_no_policy_oversells_and_every_buyer_gets_an_outcome(policy: Policy) -> None:
    sale = rush(policy)

    left = sum(shard.available for shard in sale.shards.values())
    assert sale.outcomes["sold"] + left == 950
    assert sale.outcomes.total() == 1_000
    assert sale.commits == sale.outcomes["sold"]


def test_shards_chosen_without_reading_refuse_buyers_with_stock_left() -> None:
    assert all(rush(BLIND, seed).outcomes[REFUSED_WITH_STOCK] > 0 for seed in SEEDS)


def test_second_attempt_refuses_fewer_buyers_but_not_none() -> None:
    once, twice = (
        sum(rush(policy, seed).outcomes[REFUSED_WITH_STOCK] for seed in SEEDS)
        for policy in (BLIND, BLIND_TWICE)
    )

    assert 0 < twice < once


def test_app_never_refuses_a_buyer_with_stock_left(print_figure: PrintFigure) -> None:
    print_figure("\n".join(compare_policies()))

    assert [rush(APP, seed).outcomes[REFUSED_WITH_STOCK] for seed in SEEDS] == [0] * len(SEEDS)


def test_eight_shards_sell_several_times_as_fast_as_one_row() -> None:
    one, app = (
        simulate(policy, buyers=3_000, per_second=1_000, units=3_000) for policy in (ONE_ROW, APP)
    )

    assert app.outcomes["sold"] > 4 * one.outcomes["sold"]
    per_sale = app.transactions / app.outcomes["sold"]
    assert per_sale < one.transactions / one.outcomes["sold"] / 4


def test_most_shards_sell_a_thousand_units_per_second_with_both_transactions() -> None:
    most = replace(APP, shards=MAX_EXTRA_SHARDS + 1)

    sale = simulate(most, buyers=3_600, per_second=1_200, units=3_600)

    assert sale.outcomes["sold"] >= 3 * 1_000
    assert sale.commits == sale.outcomes["sold"]


def test_weighted_draw_wastes_fewer_transactions_than_a_uniform_draw() -> None:
    weighted, uniform = (
        sum(
            simulate(policy, buyers=1_100, per_second=500, units=950, seed=seed).wasted
            for seed in SEEDS
        )
        for policy in (APP, UNIFORM)
    )

    assert 0 < weighted < 0.7 * uniform


def test_shard_is_drawn_in_proportion_to_its_stock() -> None:
    shards, random = [Shard("nearly empty", 1), Shard("full", 9)], Random(1)

    draws = Counter(sku for _ in range(1_000) for sku in allocate(shards, 1, draw=random.choices))

    assert 870 < draws["full"] < 930
