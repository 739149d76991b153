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
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(requests())
    def ask_each(asked: RandomRequest) -> None:
        status = _answered(callers, asked)
        summary.cases += 1
        summary.answers[status] += 1
        if status >= 500:
            summary.failures.append(str(asked))

    ask_each()
    for slug in _slugs() - slugs:
        Product(CATALOG_ID, product_key(slug)).delete()
    clear_cache()
    return summary


def _slugs() -> set[str]:
    return {it.slug for it in Product.query(CATALOG_ID, Product.item_id.startswith("product#"))}


def _answered(callers: Callers, asked: RandomRequest) -> int:
    browser: TestClient = callers.browser_of(asked.by)
    kept = dict(browser.cookies)
    try:
        answer = browser.request(
            asked.method,
            f"http://testserver{_filled(callers, asked.path)}",
            headers=dict(asked.headers),
            content=_body(callers, asked),
            data=None if asked.raw or asked.json else _form(callers, asked),
        )
    finally:
        browser.cookies.clear()
        browser.cookies.update(kept)
    return int(answer.status_code)


def _body(callers: Callers, asked: RandomRequest) -> str | bytes | None:
    return asked.raw if asked.json is None else _filled(callers, json.dumps(asked.json))


def _form(callers: Callers, asked: RandomRequest) -> dict[str, str]:
    return {_filled(callers, name): _filled(callers, it) for name, it in asked.form}


def _filled(callers: Callers, text: str) -> str:
    sku, slug = sku_of(callers.product), str(callers.product.slug)
    return text.replace("SKU", sku).replace("SLUG", slug)
