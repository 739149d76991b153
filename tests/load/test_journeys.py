import random
from collections import Counter
from http.client import HTTPMessage
from itertools import islice
from types import SimpleNamespace
from typing import Any

import pytest
from requests import Request
from requests.cookies import MockRequest, MockResponse, RequestsCookieJar

from tests.load.journeys import Wish, browse, buy, go, journeys, think_better_of_it
from tests.load.plan import Customer, Plan, Ware
from tests.load.records import Came, Note, Pressed
from tests.load.tags import address, tagged
from tests.load.visitor import Unexpected, Visitor

MUG = Ware("MUG", "harbour-mug")
FORM = '<input type="hidden" name="form" value="signed">'


class Answers:
    """A shop's answers as locust's session brings them, and what was asked for."""

    def __init__(self, **statuses: int) -> None:
        self.statuses = statuses
        self.asked: list[str] = []
        self.failed: list[str] = []
        self.headers: dict[str, str] = {}
        self.cookies = RequestsCookieJar()
        self.cookies.set("visitor", "token", domain="localhost.local", path="/")

    def request(self, method: str, path: str, **how: Any) -> Any:
        self.asked.append(f"{method} {how['name']}")
        usual = 303 if method == "POST" else 200
        answer = Answer(self.statuses.get(how["name"].lower().replace(" ", "_"), usual))
        answer.failure = self.failed.append
        return answer

    def close(self) -> None:
        pass


class Answer:
    text = FORM
    headers = {"location": "/orders/01ORDER"}
    elapsed = SimpleNamespace(total_seconds=lambda: 0.2)

    def __init__(self, status: int) -> None:
        self.status_code = status
        self.failure: Any = None

    def success(self) -> None:
        pass

    def __enter__(self) -> "Answer":
        return self

    def __exit__(self, *_: object) -> None:
        pass


def shopping(answers: Answers, notes: list[Note] | None = None) -> Visitor:
    return Visitor(answers, "https://shop.example", (notes if notes is not None else []).append)


def a_wish(seed: int = 1, *, may_sell_out: bool = False) -> Wish:
    chance = random.Random(seed)
    return Wish("who@shop.example", MUG, (MUG,), chance, lambda: None, may_sell_out=may_sell_out)


def test_ten_look_around_for_three_carts_and_one_order() -> None:
    dealt = journeys(random.Random(7))

    assert next(dealt) is buy  # so that even the shortest run sells something
    assert Counter(islice(dealt, 28)) == {browse: 20, think_better_of_it: 6, buy: 2}


def test_who_buys_goes_the_whole_way_and_the_shops_word_is_noted() -> None:
    answers, notes = Answers(), list[Note]()

    assert go(buy, shopping(answers, notes), a_wish())

    assert answers.asked[:5] == [
        "GET Product",
        "POST Add to cart",
        "GET Cart",
        "GET Checkout",
        "POST Place order",
    ]
    assert notes[0] == Pressed("place", "01ORDER", "signed", 200)


def test_some_cancel_and_some_are_told_that_it_is_too_late() -> None:
    notes = list[Note]()
    for seed in range(60):
        go(buy, shopping(Answers(cancel=409), notes), a_wish(seed))

    refused = [it for it in notes if isinstance(it, Pressed) and it.what == "cancel"]
    assert 0 < len(refused) < 20
    assert not any(it.said_yes for it in refused)


@pytest.mark.parametrize("refusal", [{"add_to_cart": 422}, {"checkout": 303}, {"place_order": 409}])
def test_in_a_flash_sale_sold_out_is_an_answer_and_elsewhere_an_error(
    refusal: dict[str, int],
) -> None:
    assert not go(buy, shopping(Answers(**refusal)), a_wish(may_sell_out=True))

    answers = Answers(**refusal)
    with pytest.raises(Unexpected):
        go(buy, shopping(answers), a_wish())
    assert len(answers.failed) == 1


def test_who_leaves_is_noted_by_the_hash_of_the_cookie_alone() -> None:
    notes = list[Note]()

    shopping(Answers(), notes).leave()

    assert [type(it) for it in notes] == [Came]
    assert "token" not in str(notes)


@pytest.mark.parametrize(
    ("address", "cookie"),
    [("http://localhost:8000", "visitor"), ("https://shop.example", "__Host-visitor")],
)
def test_who_signs_in_still_has_one_cookie_when_the_shop_renews_it(
    address: str, cookie: str
) -> None:
    answers = Answers()
    answers.cookies.clear()
    shopping(answers).sign_in_as(Customer("who@shop.example", "token"), address)

    renewed = HTTPMessage()
    renewed["Set-Cookie"] = f"{cookie}=token; Path=/; HttpOnly; SameSite=Lax"
    asked: Any = MockRequest(Request("GET", address).prepare())
    answer: Any = MockResponse(renewed)
    answers.cookies.extract_cookies(answer, asked)

    assert [it.name for it in answers.cookies] == [cookie]


def test_every_address_of_a_run_bears_its_tag() -> None:
    plan = Plan(run="261127", url="", seconds=30, wares=(MUG,), flash=MUG)

    assert tagged(plan.guest(4))
    assert tagged(Customer(address("261127", "customer1"), "").email)
    assert not tagged("success@simulator.amazonses.com")
    assert not tagged("success+load-1@simulator.amazonses.com.example")


def test_the_flash_sale_is_in_the_middle_third() -> None:
    plan = Plan(run="1", url="", seconds=30, wares=(MUG,), flash=MUG)

    assert [plan.flash_is_on(second) for second in (9, 10, 19, 20)] == [False, True, True, False]
