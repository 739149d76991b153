"""Record what DynamoDB answers to the pages of the benchmark, so that a process can replay it."""

from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from typing import Any

from botocore.client import BaseClient

from app.catalog import catalog_cache
from tests.benchmarks.cost.browsing import api_gateway_event
from tests.benchmarks.cost.shopping import OurShop, our_shop
from tests.benchmarks.starts.warm import PAGES

type Answers = dict[tuple[str, ...], Any]  # by operation and tables


def record_requests() -> list[tuple[dict[str, Any], Answers]]:
    """The event of each page, and what DynamoDB answers a new process that renders it."""
    with our_shop() as shop:
        shopper, _ = shop.fill_cart()
        requests = [shopper.browser.build_request("GET", path) for path in PAGES.values()]
        return [_record(shop, api_gateway_event(it)) for it in requests]


def _record(shop: OurShop, event: dict[str, Any]) -> tuple[dict[str, Any], Answers]:
    catalog_cache.clear_cache()
    with _recorded_answers() as answers, redirect_stderr(StringIO()):
        assert shop.cloud.design.web(event, None)["statusCode"] == 200
    return event, answers


@contextmanager
def _recorded_answers() -> Iterator[Answers]:
    answers: Answers = {}
    original = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        tables = parameters.get("RequestItems") or [parameters["TableName"]]
        assert (operation, *tables) not in answers, "one page calls twice, so answers are mixed up"
        answer = answers[operation, *tables] = original(client, operation, parameters)
        return answer

    BaseClient._make_api_call = call  # type: ignore[attr-defined]
    try:
        yield answers
    finally:
        BaseClient._make_api_call = original  # type: ignore[attr-defined]
