import asyncio
import json
import secrets
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.catalog.models import Product
from app.inventory.reservations import read_stock_consistently
from app.inventory.stock_shards import reshard
from app.lambda_handler import handler
from tests.builders import NOON, a_product, counters, sku_of
from tests.conflicts import transaction_conflicts
from tests.fake_clouds import override_settings
from tests.printed_figures import PrintFigure

pytestmark = pytest.mark.usefixtures("tables", "no_network_limit")

CUSTOMERS, UNITS = 100, 10
SHORT_ROUNDS, LONG_ROUNDS = 2, 100


@pytest.fixture
def no_network_limit() -> Iterator[None]:
    """All customers of a test have one address, and together more orders than one network may."""
    with override_settings(orders_per_network="0"):
        yield


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


def order_body(product: Product, quantity: int = 1) -> dict[str, Any]:
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


def requests_for(product: Product) -> list[dict[str, Any]]:
    return [an_api_request(order_body(product)) for _ in range(CUSTOMERS)]


def send_concurrently(requests: list[dict[str, Any]]) -> list[int]:
    """Send all requests at the same time; returns the status of each response."""
    with ThreadPoolExecutor(CUSTOMERS) as threads:
        return [answer["statusCode"] for answer in threads.map(handle_in_thread, requests)]


def handle_in_thread(request: dict[str, Any]) -> dict[str, Any]:
    """Each thread has its own event loop, as each instance of the function has on AWS.

    Not for the main thread, whose event loop the next test needs.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return handler(request, None)
    finally:
        loop.close()


def test_concurrent_checkout_sells_exactly_the_stock(
    request: pytest.FixtureRequest, print_figure: PrintFigure
) -> None:
    rounds = LONG_ROUNDS if request.config.getoption("--long") else SHORT_ROUNDS
    for _ in range(rounds):
        product = a_product(quantity=UNITS)

        answers = send_concurrently(requests_for(product))

        assert Counter(answers) == {201: UNITS, 409: CUSTOMERS - UNITS}
        assert counters(product) == (0, UNITS, 0)
        product.delete()  # a large catalog would slow down every order
    print_figure(
        f"{CUSTOMERS} customers for {UNITS} units, {rounds} rounds: {UNITS} sold each time"
    )


@pytest.mark.parametrize(("extra_shards", "quantity"), [(3, 1), (7, 1), (15, 1), (3, 3)])
def test_concurrent_checkout_from_shards_sells_every_unit(
    extra_shards: int, quantity: int, print_figure: PrintFigure
) -> None:
    """With three units each, the last units lie in several shards and are still sold together."""
    product = a_product(quantity=UNITS)
    sku = sku_of(product)
    reshard(
        read_stock_consistently([sku])[sku].shards, extra_shards, by="anna@hearth.example", now=NOON
    )
    requests = [an_api_request(order_body(product, quantity)) for _ in range(CUSTOMERS)]

    answers = Counter(send_concurrently(requests))

    print_figure(
        f"{CUSTOMERS} customers for {quantity} of {UNITS} units in {extra_shards + 1} shards: "
        f"{dict(answers)}"
    )
    bought = UNITS // quantity
    assert answers == {201: bought, 409: CUSTOMERS - bought}
    rows = read_stock_consistently([sku])[sku].shards
    assert sum(row.available for row in rows) == UNITS - bought * quantity
    assert sum(row.reserved for row in rows) == bought * quantity
    assert all(row.available + row.reserved == row.received >= 0 <= row.available for row in rows)


def test_retry_after_transaction_conflicts_gets_the_remaining_stock(
    print_figure: PrintFigure,
) -> None:
    product = a_product(quantity=UNITS)
    requests = requests_for(product)

    with transaction_conflicts(0.9) as conflicts:
        first_answers = send_concurrently(requests)
    second_answers = send_concurrently(requests)

    counted = [dict(Counter(answers)) for answers in (first_answers, second_answers)]
    print_figure(f"{len(conflicts)} conflicts: {counted[0]}, then {counted[1]}")
    assert set(first_answers) <= {201, 409, 503}
    assert first_answers.count(503) > 0
    sold = first_answers.count(201)
    assert Counter(second_answers) == Counter(
        {200: sold, 201: UNITS - sold, 409: CUSTOMERS - UNITS}
    )
    assert counters(product) == (0, UNITS, 0)


def test_persistent_transaction_conflict_is_answered_with_503_and_retry_after() -> None:
    product = a_product(quantity=UNITS)
    request = an_api_request(order_body(product))

    with transaction_conflicts(1, contested=-1) as conflicts:  # a row of the stock
        answer = handler(request, None)

    assert answer["statusCode"] == 503
    assert int(answer["headers"]["retry-after"]) > 0
    assert len(conflicts) == 4
    assert counters(product) == (UNITS, 0, 0)
    assert handler(request, None)["statusCode"] == 201
