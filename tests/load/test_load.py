"""A short run of load in a shop of its own: what is counted must be right, however slow it is."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.verification import at_any_time, at_rest, told
from infra.ops.deployed_stack import Deployed
from infra.ops.verification_data import read_books
from tests.builders import a_product, an_order
from tests.fake_clouds import RunningShop, running_shop, settings_where_it_runs, speak_to
from tests.load.assertions import Evidence, deserves, judge
from tests.load.order_times import clicks_to, median
from tests.load.past_runs import clean_up
from tests.load.plan import Plan
from tests.load.run import Run, run_load, wares_of
from tests.load.tags import new_run, tagged
from tests.load.targets import LOCAL
from tests.printed_figures import Say

SECONDS, USERS, FLASH_PIECES = 12, 6, 2


@pytest.fixture(scope="module")
def own_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    with running_shop(tmp_path_factory.mktemp("load")) as shop:
        speak_to(settings_where_it_runs(shop))
        for pieces in (5, 5, 5, 0):
            a_product(pieces=pieces)
        an_order()  # of a product and a customer that have nothing to do with the load
        yield shop


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def evidence(own_shop: RunningShop, runs: Path) -> Evidence:
    there, gone = wares_of(own_shop.url)
    plan = Plan(
        run=new_run(),
        url=own_shop.url,
        seconds=SECONDS,
        users=USERS,
        think=0.05,
        wares=tuple(there),
        flash=gone[0],
    )
    run = Run(runs / "1", flash_pieces=FLASH_PIECES, flash_drawers=3)
    return run_load(Deployed.on(own_shop.cloud), run, plan, lambda _: None)


def test_no_request_fails_and_the_books_balance(evidence: Evidence, say: Say) -> None:
    verdicts = judge(evidence, LOCAL)
    orders = len({it.order_id for it in evidence.noted.pressed})
    to_paid = median(clicks_to("order_paid", evidence.noted, evidence.books))
    say(
        f"{USERS} users, {SECONDS} s: {len(evidence.noted.requests)} requests, {orders} orders, "
        f"paid {to_paid:.1f} s after the click"
    )

    assert [str(it) for it in evidence.breaches] == []
    assert [it.what for it in verdicts if it.is_count and not it.kept] == []
    assert deserves(verdicts, counts_only=True) == 0
    assert orders > 0


def test_guests_and_customers_came(evidence: Evidence) -> None:
    emails = {row["email"] for row in evidence.books.placed.values()} - {"ada@potter.example"}

    assert all(map(tagged, emails))
    assert evidence.noted.visitors


def test_what_a_run_has_made_is_taken_back_and_nothing_else(
    own_shop: RunningShop, evidence: Evidence, runs: Path
) -> None:
    shop = Deployed.on(own_shop.cloud)

    cleaned = clean_up(shop, runs)

    books = read_books(shop)
    assert told([*at_any_time(books), *at_rest(books)]) == "The books balance."
    assert [row["email"] for row in books.placed.values()] == ["ada@potter.example"]
    pieces: Counter[str] = Counter()
    for row in books.stock:
        pieces[row["sku"].partition("#")[0]] += row["received"]
    assert sorted(pieces.values()) == [0, 5, 5, 5, 20]
    assert sum(row["sold"] for row in books.stock) == 1
    assert set(cleaned.orders) == {it.order_id for it in evidence.noted.pressed}
    assert cleaned.left == 0
    assert cleaned.visitors >= len(evidence.noted.visitors) / 2  # most had a cart
    assert not list(runs.iterdir())
