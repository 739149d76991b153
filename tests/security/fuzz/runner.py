"""Sends random requests and counts the responses by status."""

import json
from collections import Counter
from dataclasses import dataclass, field

from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings

from app.catalog.catalog_cache import clear_cache
from app.catalog.models import CATALOG_ID, Product, product_key
from tests.builders import sku_of
from tests.security.conftest import Callers
from tests.security.fuzz.random_requests import RandomRequest, requests


@dataclass
class FuzzSummary:
    """The number of responses by status, and the requests that were answered with 5xx."""

    cases: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def line(self) -> str:
        kinds = ", ".join(f"{status}: {times}" for status, times in sorted(self.answers.items()))
        return f"{self.cases} random requests, {len(self.failures)} answered with 5xx ({kinds})"


def run_fuzz(callers: Callers, cases: int, first: int = 1) -> FuzzSummary:
    """Send this many random requests. The same seed makes the same requests."""
    summary, slugs = FuzzSummary(), _slugs()

    @seed(first)
    @settings(
        max_examples=cases,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(requests())
    def send_each(request: RandomRequest) -> None:
        status = _send(callers, request)
        summary.cases += 1
        summary.answers[status] += 1
        if status >= 500:
            summary.failures.append(str(request))

    send_each()
    for slug in _slugs() - slugs:
        Product(CATALOG_ID, product_key(slug)).delete()
    clear_cache()
    return summary


def _slugs() -> set[str]:
    return {it.slug for it in Product.query(CATALOG_ID, Product.item_id.startswith("product#"))}


def _send(callers: Callers, request: RandomRequest) -> int:
    browser: TestClient = callers.browser_of(request.by)
    cookies = dict(browser.cookies)
    try:
        response = browser.request(
            request.method,
            f"http://testserver{_fill(callers, request.path)}",
            headers=dict(request.headers),
            content=_body(callers, request),
            data=None if request.raw or request.json else _form(callers, request),
        )
    finally:
        browser.cookies.clear()
        browser.cookies.update(cookies)
    return int(response.status_code)


def _body(callers: Callers, request: RandomRequest) -> str | bytes | None:
    return request.raw if request.json is None else _fill(callers, json.dumps(request.json))


def _form(callers: Callers, request: RandomRequest) -> dict[str, str]:
    return {_fill(callers, name): _fill(callers, it) for name, it in request.form}


def _fill(callers: Callers, text: str) -> str:
    sku, slug = sku_of(callers.product), str(callers.product.slug)
    return text.replace("SKU", sku).replace("SLUG", slug)
