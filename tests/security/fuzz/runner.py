"""Sends random and hostile requests, counts the responses by status, and their CPU time."""

import json
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from reprlib import Repr
from urllib.parse import urlencode

from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings

from app.catalog.catalog_cache import clear_cache
from app.catalog.models import CATALOG_ID, Product, product_key
from tests.builders import sku_of
from tests.security.conftest import Callers
from tests.security.fuzz.random_requests import RandomRequest, requests

SLOW_CPU_SECONDS = 0.5  # of this process: the time on the clock depends on other programs
SHORT = Repr(maxstring=200, maxother=600, maxtuple=12)


@dataclass
class FuzzSummary:
    """The responses by status, the requests answered with 5xx, and those that took long."""

    cases: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slow: list[tuple[float, str]] = field(default_factory=list)

    def add(self, request: RandomRequest, status: int, cpu_seconds: float) -> None:
        self.cases += 1
        self.answers[status] += 1
        if status >= 500:
            self.failures.append(f"{status} {_short(request)}")
        if cpu_seconds > SLOW_CPU_SECONDS:
            self.slow.append((cpu_seconds, _short(request)))

    def warnings(self, limit: int = 10) -> list[str]:
        """The slowest requests; a warning only, since a machine can be slow."""
        slowest = sorted(self.slow, reverse=True)[:limit]
        return [f"slow: {seconds:.1f} s of CPU for {request}" for seconds, request in slowest]

    def line(self, kind: str = "random") -> str:
        kinds = ", ".join(f"{status}: {times}" for status, times in sorted(self.answers.items()))
        return f"{self.cases} {kind} requests, {len(self.failures)} answered with 5xx ({kinds})"


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
        _send_timed(callers, request, summary)

    send_each()
    for slug in _slugs() - slugs:
        Product(CATALOG_ID, product_key(slug)).delete()
    clear_cache()
    return summary


def send_all(callers: Callers, requests: Iterable[RandomRequest]) -> FuzzSummary:
    """Send these requests, in this order."""
    summary = FuzzSummary()
    for request in requests:
        _send_timed(callers, request, summary)
    return summary


def _send_timed(callers: Callers, request: RandomRequest, summary: FuzzSummary) -> None:
    started = time.process_time()
    status = _send(callers, request)
    summary.add(request, status, time.process_time() - started)


def _short(request: RandomRequest) -> str:
    facts = (request.by, request.method, request.path, request.form, request.json, request.raw)
    return " ".join(SHORT.repr(fact) for fact in facts if fact)


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
        )
    finally:
        browser.cookies.clear()
        browser.cookies.update(cookies)
    return int(response.status_code)


def _body(callers: Callers, request: RandomRequest) -> str | bytes | None:
    if request.json is not None:
        return _fill(callers, json.dumps(request.json))
    if request.raw is not None or not request.form:
        return request.raw
    pairs = [(_fill(callers, name), _fill(callers, it)) for name, it in request.form]
    if dict(request.headers).get("Content-Type", "").startswith("multipart/"):
        return b"".join(_part(name, value) for name, value in pairs) + b"--x--\r\n"
    return urlencode(pairs, errors="surrogatepass")


def _part(name: str, value: str) -> bytes:
    """Surrogates become bytes that are not UTF-8."""
    name = urlencode({name: ""}, errors="surrogatepass").removesuffix("=")
    text = f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
    return text.encode("utf-8", "surrogatepass")


def _fill(callers: Callers, text: str) -> str:
    sku, slug = sku_of(callers.product), str(callers.product.slug)
    return text.replace("SKU", sku).replace("SLUG", slug)
