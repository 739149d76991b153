"""Checks of a shop by its address alone: pages, static files, API and cart. Places no order."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from infra.local.form_client import Shopper
from infra.user_error import UserError

STATIC_FILE = re.compile(r'(?:href|src)="(/static/[^"]+)"')
PAGES = ("/", "/products", "/search?q=vase", "/cart", "/sign-in", "/privacy")
RETRY_SECONDS = 5

type Check = Callable[[Shopper], str]


@dataclass(frozen=True)
class PublicCheck:
    """``problem`` is empty if the check passed."""

    name: str
    problem: str


def check_shop(shopper: Shopper, *, wait_seconds: float = 0) -> Iterator[PublicCheck]:
    """Yield the result of each check. One that fails is repeated until ``wait_seconds`` are over.

    A new distribution of CloudFront does not answer everywhere at once.
    """
    deadline = time.monotonic() + wait_seconds
    for name, check in CHECKS.items():
        while (problem := _problem(check, shopper)) and time.monotonic() < deadline:
            time.sleep(RETRY_SECONDS)
        yield PublicCheck(name, problem)


def _problem(check: Check, shopper: Shopper) -> str:
    try:
        return check(shopper)
    except (httpx.HTTPError, UserError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def _health(shopper: Shopper) -> str:
    answer = shopper.browser.get("/healthz")
    return "" if answer.status_code == 200 else f"/healthz returned {answer.status_code}"


def _pages(shopper: Shopper) -> str:
    codes = {path: shopper.browser.get(path).status_code for path in PAGES}
    wrong = [f"{path} returned {code}" for path, code in codes.items() if code != 200]
    missing = shopper.browser.get("/no-such-page").status_code
    return "; ".join([*wrong, *([f"a missing page returned {missing}"] if missing != 404 else [])])


def _static_files(shopper: Shopper) -> str:
    """A page whose styles are missing works, so only this check notices it."""
    paths = sorted(set(STATIC_FILE.findall(shopper.browser.get("/").text)))
    answers = [shopper.browser.get(path) for path in paths]
    is_deployed = shopper.browser.base_url.scheme == "https"  # `shop dev` serves changes at once
    wrong = [
        f"{it.request.url.path} returned {it.status_code}" for it in answers if it.is_error
    ] or [
        f"{it.request.url.path} may not be cached"
        for it in answers
        if is_deployed and "immutable" not in it.headers.get("cache-control", "")
    ]
    return "; ".join(wrong) if paths else "the home page links to no static file"


def _security_headers(shopper: Shopper) -> str:
    answer = shopper.browser.get("/")
    expected = ["content-security-policy", "x-content-type-options"]
    if shopper.browser.base_url.scheme == "https":
        expected.append("strict-transport-security")
    missing = [it for it in expected if it not in answer.headers]
    return f"the home page lacks {', '.join(missing)}" if missing else ""


def _cart(shopper: Shopper) -> str:
    """Add the first product that is in stock, and open the checkout; a new shop has none."""
    products = shopper.browser.get("/api/products").raise_for_status().json()["products"]
    variants = (it for product in products for it in product["variants"])
    if variant := next((it for it in variants if it["availability"] != "sold_out"), None):
        shopper.add_to_cart(variant["sku"])
        shopper.fill_in_checkout("pm_succeeds")
    return ""


CHECKS: dict[str, Check] = {
    "Health": _health,
    "Pages": _pages,
    "Static files": _static_files,
    "Security headers": _security_headers,
    "Catalog, cart and checkout": _cart,
}
