"""Prepare a browser's session by HTTP requests: a cart, an order or a sign-in."""

from collections.abc import Callable
from functools import cache

import httpx
from playwright.sync_api import Page

from infra.local.cloud import LocalCloud
from infra.local.console.sign_in import sign_in
from infra.local.deploy import LOCAL_PARAMETERS
from infra.local.form_client import Shopper
from infra.local.order_watcher import OrderWatcher, Row

type OpenScene = Callable[[Page, LocalCloud], None]
type OrderCondition = Callable[[Row], bool]

ORDER_TIMEOUT = 60  # seconds
MERCHANT = LOCAL_PARAMETERS["OwnerEmails"].partition(",")[0]
MUG = "MUG-BLUE"
# One of each exceeds the value above which an order needs a manual review.
REVIEWED_SKUS = (
    *("TARN-TEAL", "TARN-OAT", "FELL-BOTTLE", "REED-SET"),
    *("LOCH-CARAFE", "EMBER-BOWL", "BIRCH-TRAY"),
)


def page_at(path: str) -> OpenScene:
    """A page that needs no session."""

    def open_scene(page: Page, _: LocalCloud) -> None:
        page.goto(path)

    return open_scene


def with_cart(page: Page, shop: LocalCloud, *skus: str) -> Shopper:
    shopper = Shopper(shop.shop_url)
    for sku in skus:
        shopper.add_to_cart(sku)
    _set_cookies(page, shopper.browser.cookies, shop)
    return shopper


def with_order(page: Page, shop: LocalCloud, method: str = "pm_succeeds", *skus: str) -> str:
    """Place an order, open its page, and return the order's id."""
    shopper = with_cart(page, shop, *(skus or (MUG,)))
    order_id = shopper.pay(shopper.fill_in_checkout(method))
    page.goto(f"/orders/{order_id}")
    return order_id


def order_until(condition: OrderCondition, method: str = "pm_succeeds", *skus: str) -> OpenScene:
    """The page of a new order, once its row fulfills the condition."""

    def open_scene(page: Page, shop: LocalCloud) -> None:
        order_id = with_order(page, shop, method, *skus)
        OrderWatcher(shop).wait_until(order_id, condition, ORDER_TIMEOUT)
        page.reload()

    return open_scene


def has_status(status: str) -> OrderCondition:
    return lambda row: bool(row.get("status", {}).get("S") == status)


def signed_in(page: Page, shop: LocalCloud, email: str = MERCHANT) -> None:
    _set_cookies(page, _session(shop, email), shop)


@cache
def _session(shop: LocalCloud, email: str) -> httpx.Cookies:
    """Sign in once for each address, to save time."""
    return sign_in(shop, email, cookies="").cookies


def _set_cookies(page: Page, cookies: httpx.Cookies, shop: LocalCloud) -> None:
    page.context.add_cookies(
        [{"name": name, "value": value, "url": shop.shop_url} for name, value in cookies.items()]
    )
