import asyncio
import json
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.catalog.models import Product
from app.inventory.reservations import now_on_hand
from app.inventory.stock_shards import spread
from app.lambda_handler import handler
from tests.builders import NOON, a_product, counters, sku_of
from tests.conflicts import conflicts
from tests.printed_figures import Say

pytestmark = pytest.mark.usefixtures("tables")

BUYERS, UNITS = 100, 10
SHORT, LONG = 2, 100


def an_api_request(body: dict[str, Any]) -> dict[str, Any]:
    """As API Gateway's HTTP API sends it, payload version 2.0."""
    return {
        "version": "2.0",
        "rawPath": "/api/orders",
        "rawQueryString": "",
        "headers": {
            "host": "shop.example",
            "content-type": "application/json",
            "idempotency-key": secrets.token_urlsafe(24),
        },
        "requestContext": {
            "http": {"method": "POST", "path": "/api/orders", "sourceIp": "192.0.2.1"},
            "stage": "$default",
        },
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


def an_order_for(product: Product, quantity: int = 1) -> dict[str, Any]:
    return {
        "lines": [{"sku": sku_of(product), "quantity": quantity}],
        "email": "ada@potter.example",
        "address": {
            "name": "Ada Potter",
            "street": "12 Kiln Row",
            "postal_code": "56203",
            "city": "Höhr-Grenzhausen",
            "country": "DE",
        },
        "payment_method": "pm_succeeds",
    }


def a_crowd_for(product: Product) -> list[dict[str, Any]]:
    return [an_api_request(an_order_for(product)) for _ in range(BUYERS)]


def all_at_once(crowd: list[dict[str, Any]]) -> list[int]:
    """Each buyer presses once, all at the same time; the status that each is answered."""
    with ThreadPoolExecutor(BUYERS) as threads:
        return [answer["statusCode"] for answer in threads.map(answered, crowd)]


def answered(request: dict[str, Any]) -> dict[str, Any]:
    """On AWS each instance of the function has a loop of its own, as each thread has here."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return handler(request, None)
    finally:
        loop.close()


def test_a_hundred_buyers_of_ten_pieces_get_ten(request: pytest.FixtureRequest, say: Say) -> None:
    rounds = LONG if request.config.getoption("--long") else SHORT
    for _ in range(rounds):
        product = a_product(pieces=UNITS)

        answers = all_at_once(a_crowd_for(product))

        assert Counter(answers) == {201: UNITS, 409: BUYERS - UNITS}
        assert counters(product) == (0, UNITS, 0)
        product.delete()  # the shelf is read for each new order: a full one is slow
    say(f"{BUYERS} buyers on {UNITS} pieces, {rounds} rounds: {UNITS} sold each time")


@pytest.mark.parametrize(("drawers", "each"), [(3, 1), (7, 1), (15, 1), (3, 3)])
def test_no_drawer_oversells_and_nobody_leaves_while_there_is_one(
    drawers: int, each: int, say: Say
) -> None:
    """With three for each, the last pieces lie scattered, and are bought together all the same."""
    product = a_product(pieces=UNITS)
    sku = sku_of(product)
    spread(now_on_hand([sku])[sku].rows, drawers, by="anna@hearth.example", now=NOON)
    crowd = [an_api_request(an_order_for(product, each)) for _ in range(BUYERS)]

    answers = Counter(all_at_once(crowd))

    say(f"{BUYERS} buyers of {each}, {UNITS} pieces in {drawers + 1} drawers: {dict(answers)}")
    bought = UNITS // each
    assert answers == {201: bought, 409: BUYERS - bought}
    rows = now_on_hand([sku])[sku].rows
    assert sum(row.available for row in rows) == UNITS - bought * each
    assert sum(row.reserved for row in rows) == bought * each
    assert all(row.available + row.reserved == row.received >= 0 <= row.available for row in rows)


def test_who_was_told_to_come_again_comes_again_and_gets_what_is_left(say: Say) -> None:
    product = a_product(pieces=UNITS)
    crowd = a_crowd_for(product)

    with conflicts(0.9) as refused:
        at_first = all_at_once(crowd)
    again = all_at_once(crowd)

    say(f"{len(refused)} conflicts: {dict(Counter(at_first))}, then {dict(Counter(again))}")
    assert set(at_first) <= {201, 409, 503}
    assert at_first.count(503) > 0
    sold = at_first.count(201)
    assert Counter(again) == Counter({200: sold, 201: UNITS - sold, 409: BUYERS - UNITS})
    assert counters(product) == (0, UNITS, 0)


def test_where_every_try_is_in_conflict_the_answer_is_later_please() -> None:
    product = a_product(pieces=UNITS)
    request = an_api_request(an_order_for(product))

    with conflicts(1) as refused:
        answer = answered(request)

    assert answer["statusCode"] == 503
    assert int(answer["headers"]["retry-after"]) > 0
    assert len(refused) == 4
    assert counters(product) == (UNITS, 0, 0)
    assert answered(request)["statusCode"] == 201
