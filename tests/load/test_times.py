from app.verification import Books
from tests.load.evidence import a_mark, a_story, placed, seen
from tests.load.order_times import clicks_to, longest_wait
from tests.load.page_times import pages, quantiles
from tests.load.recorder import Noted
from tests.load.targets import Quantiles

PLACED_ONE = Noted(pressed=[placed(ms=300)])


def near(found: list[float]) -> list[float]:
    return [round(seconds, 3) for seconds in found]


def test_quantiles_are_times_that_somebody_waited() -> None:
    assert quantiles(list(range(1, 101))) == Quantiles(50, 95, 99)
    assert quantiles([7]) == Quantiles(7, 7, 7)
    assert quantiles([1, 2]) == Quantiles(1, 2, 2)
    assert quantiles([]) == Quantiles(0, 0, 0)


def test_wrong_answers_do_not_make_a_page_look_fast() -> None:
    requests = [seen(ms=100), seen(ms=1, status=500, error="answered 500"), seen("Cart", 30)]

    cart, home = pages(requests)

    assert (cart.page, cart.requests, cart.errors) == ("Cart", 1, 0)
    assert (home.requests, home.errors, home.times.p50) == (2, 1, 100)


def test_a_click_is_paid_when_the_answer_and_the_payment_have_come() -> None:
    assert near(clicks_to("order_paid", PLACED_ONE, Books(orders=a_story(paid=0.5)))) == [0.8]


def test_packing_is_not_waited_for_by_the_shop() -> None:
    books = Books(orders=a_story(paid=0.5, packed=20, shipped=21))

    assert near(clicks_to("order_shipped", PLACED_ONE, books)) == [1.3]


def test_what_never_came_to_it_is_not_counted() -> None:
    unpaid = [row for row in a_story() if row.get("type") in (None, "order_placed")]

    assert clicks_to("order_paid", PLACED_ONE, Books(orders=unpaid)) == []
    assert clicks_to("order_paid", PLACED_ONE, Books()) == []


def test_the_longest_wait_is_from_published_to_the_last_mark() -> None:
    marks = [a_mark("analytics", 1, 0.4), a_mark("inventory", 1, 7.1), a_mark("inventory", 3, 22)]

    assert round(longest_wait(PLACED_ONE, Books(orders=[*a_story(), *marks])), 3) == 7.0


def test_events_of_others_are_not_this_runs_waits() -> None:
    books = Books(orders=[*a_story(), a_mark("analytics", 1, 90)])

    assert longest_wait(Noted(pressed=[placed("01OTHER")]), books) == 0
