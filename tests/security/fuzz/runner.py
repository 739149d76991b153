"""Trying what is made up, and counting what the shop could not answer."""

import json
from collections import Counter
from dataclasses import dataclass, field

from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings

from app.catalog.catalog_cache import clear_cache
from app.catalog.models import CATALOG_ID, Product, product_key
from tests.builders import sku_of
from tests.security.conftest import People
from tests.security.fuzz.random_requests import Asked, requests


@dataclass
class Tally:
    """How many were answered, and how; and those that were not."""

    cases: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def line(self) -> str:
        kinds = ", ".join(f"{status}: {times}" for status, times in sorted(self.answers.items()))
        return f"{self.cases} made-up inputs, {len(self.broken)} times 500 ({kinds})"


def try_out(people: People, cases: int, first: int = 1) -> Tally:
    """The same number and first seed make up the same requests."""
    tally, shelf = Tally(), _slugs()

    @seed(first)
    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(requests())
    def ask_each(asked: Asked) -> None:
        status = _answered(people, asked)
        tally.cases += 1
        tally.answers[status] += 1
        if status >= 500:
            tally.broken.append(str(asked))

    ask_each()
    for slug in _slugs() - shelf:
        Product(CATALOG_ID, product_key(slug)).delete()
    clear_cache()
    return tally


def _slugs() -> set[str]:
    return {it.slug for it in Product.query(CATALOG_ID, Product.item_id.startswith("product#"))}


def _answered(people: People, asked: Asked) -> int:
    browser: TestClient = people.called(asked.by)
    kept = dict(browser.cookies)
    try:
        answer = browser.request(
            asked.method,
            f"http://testserver{_filled(people, asked.path)}",
            headers=dict(asked.headers),
            content=_body(people, asked),
            data=None if asked.raw or asked.json else _form(people, asked),
        )
    finally:
        browser.cookies.clear()
        browser.cookies.update(kept)
    return int(answer.status_code)


def _body(people: People, asked: Asked) -> str | bytes | None:
    return asked.raw if asked.json is None else _filled(people, json.dumps(asked.json))


def _form(people: People, asked: Asked) -> dict[str, str]:
    return {_filled(people, name): _filled(people, it) for name, it in asked.form}


def _filled(people: People, text: str) -> str:
    sku, slug = sku_of(people.product), str(people.product.slug)
    return text.replace("SKU", sku).replace("SLUG", slug)
