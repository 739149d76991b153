import random
from collections import Counter
from http.client import HTTPMessage
from itertools import islice
from types import SimpleNamespace
from typing import Any

import pytest
from requests import Request
from requests.cookies import MockRequest, MockResponse, RequestsCookieJar

from tests.load.journeys import Visit, abandon_cart, browse, buy, run_journey, shuffled_journeys
from tests.load.plan import CatalogItem, Customer, Plan
from tests.load.records import ActionRecord, Record, VisitorRecord
from tests.load.tags import is_load_email, load_email
from tests.load.visitor import UnexpectedResponse, Visitor

MUG = CatalogItem("MUG", "harbour-mug")
FORM = '<input type="hidden" name="form" value="signed">'


class FakeSession:
    """A shop's responses as Locust's session returns them, and the requests in order."""

    def __init__(self, **statuses: int) -> None:
        self.statuses = statuses
        self.requests: list[str] = []
        self.failed: list[str] = []
        self.headers: dict[str, str] = {}
        self.cookies = RequestsCookieJar()
        self.cookies.set("visitor", "token", domain="localhost.local", path="/")

    def request(self, method: str, path: str, **options: Any) -> Any:
        self.requests.append(f"{method} {options['name']}")
        success = 303 if method == "POST" else 200
        response = FakeResponse(
            self.statuses.get(options["name"].lower().replace(" ", "_"), success)
        )
        response.failure = self.failed.append
        return response

    def close(self) -> None:
        pass


class FakeResponse:
    text = FORM
    headers = {"location": "/orders/01ORDER"}
    elapsed = SimpleNamespace(total_seconds=lambda: 0.2)

    def __init__(self, status: int) -> None:
        self.status_code = status
        self.failure: Any = None

    def success(self) -> None:
        pass

    def __enter__(self) -> "FakeResponse":
        return self

    def __exit__(self, *_: object) -> None:
        pass


def a_visitor(session: FakeSession, records: list[Record] | None = None) -> Visitor:
    return Visitor(session, "https://shop.example", (records if records is not None else []).append)


def a_visit(seed: int = 1, *, may_sell_out: bool = False) -> Visit:
    rng = random.Random(seed)
    return Visit("visitor@shop.example", MUG, (MUG,), rng, lambda: None, may_sell_out=may_sell_out)


def test_the_mix_is_ten_visits_that_browse_three_abandoned_carts_and_one_order() -> None:
    journeys = shuffled_journeys(random.Random(7))

    assert next(journeys) is buy  # so that even the shortest run has an order
    assert Counter(islice(journeys, 28)) == {browse: 20, abandon_cart: 6, buy: 2}


def test_a_buyer_goes_from_product_to_order_and_the_answer_is_recorded() -> None:
    session, records = FakeSession(), list[Record]()

    assert run_journey(buy, a_visitor(session, records), a_visit())

    assert session.requests[:5] == [
        "GET Product",
        "POST Add to cart",
        "GET Cart",
        "GET Checkout",
        "POST Place order",
    ]
    assert records[0] == ActionRecord("place", "01ORDER", "signed", 200)


def test_some_buyers_cancel_and_a_refusal_is_recorded() -> None:
    records = list[Record]()
    for seed in range(60):
        run_journey(buy, a_visitor(FakeSession(cancel=409), records), a_visit(seed))

    refused = [it for it in records if isinstance(it, ActionRecord) and it.action == "cancel"]
    assert 0 < len(refused) < 20
    assert not any(it.accepted for it in refused)


@pytest.mark.parametrize("refusal", [{"add_to_cart": 422}, {"checkout": 303}, {"place_order": 409}])
def test_sold_out_is_expected_in_a_flash_sale_and_an_error_elsewhere(
    refusal: dict[str, int],
) -> None:
    assert not run_journey(buy, a_visitor(FakeSession(**refusal)), a_visit(may_sell_out=True))

    session = FakeSession(**refusal)
    with pytest.raises(UnexpectedResponse):
        run_journey(buy, a_visitor(session), a_visit())
    assert len(session.failed) == 1


def test_a_visitor_is_recorded_by_the_hash_of_the_cookie_only() -> None:
    records = list[Record]()

    a_visitor(FakeSession(), records).leave()

    assert [type(it) for it in records] == [VisitorRecord]
    assert "token" not in str(records)


@pytest.mark.parametrize(
    ("address", "cookie"),
    [("http://localhost:8000", "visitor"), ("https://shop.example", "__Host-visitor")],
)
def test_a_signed_in_visitor_has_one_cookie_after_the_shop_renews_it(
    address: str, cookie: str
) -> None:
    session = FakeSession()
    session.cookies.clear()
    a_visitor(session).sign_in_as(Customer("visitor@shop.example", "token"), address)

    renewed = HTTPMessage()
    renewed["Set-Cookie"] = f"{cookie}=token; Path=/; HttpOnly; SameSite=Lax"
    request: Any = MockRequest(Request("GET", address).prepare())
    response: Any = MockResponse(renewed)
    session.cookies.extract_cookies(response, request)

    assert [it.name for it in session.cookies] == [cookie]


def test_every_email_of_a_run_has_the_tag() -> None:
    plan = Plan(run_id="261127", url="", seconds=30, items=(MUG,), flash_item=MUG)

    assert is_load_email(plan.guest_email(4))
    assert is_load_email(Customer(load_email("261127", "customer1"), "").email)
    assert not is_load_email("success@simulator.amazonses.com")
    assert not is_load_email("success+load-1@simulator.amazonses.com.example")


def test_the_flash_sale_is_the_middle_third_of_the_run() -> None:
    plan = Plan(run_id="1", url="", seconds=30, items=(MUG,), flash_item=MUG)

    assert [plan.is_flash_sale(second) for second in (9, 10, 19, 20)] == [False, True, True, False]
