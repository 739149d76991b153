"""A browser and a quick-handed shopper share one visit: what the one did, the other sees."""

from collections.abc import Callable
from functools import cache

import httpx
from playwright.sync_api import Page

from infra.local.cloud import LocalCloud
from infra.local.console.emails import Mailbox
from infra.local.console.sign_in import sign_in
from infra.local.deploy import LOCAL_PARAMETERS
from infra.local.form_client import Shopper
from infra.local.order_watcher import OrderBook, Row

type Go = Callable[[Page, LocalCloud], None]
type Until = Callable[[Row], bool]

ORDER_TAKES = 60  # seconds
MERCHANT = LOCAL_PARAMETERS["MerchantEmails"].partition(",")[0]
MUG = "MUG-BLUE"
# One of each comes to more than is sent without a merchant's word.
LARGE = (
    *("TARN-TEAL", "TARN-OAT", "FELL-BOTTLE", "REED-SET"),
    *("LOCH-CARAFE", "EMBER-BOWL", "BIRCH-TRAY"),
)


def at(path: str) -> Go:
    """A page that needs nothing but its address."""

    def go(page: Page, _: LocalCloud) -> None:
        page.goto(path)

    return go


def with_cart(page: Page, shop: LocalCloud, *skus: str) -> Shopper:
    shopper = Shopper(shop.shop_url)
    for sku in skus:
        shopper.put_in_cart(sku)
    _become(page, shopper.browser.cookies, shop)
    return shopper


def with_order(page: Page, shop: LocalCloud, method: str = "pm_succeeds", *skus: str) -> str:
    """Place an order and open its page; the order's id."""
    shopper = with_cart(page, shop, *(skus or (MUG,)))
    order_id = shopper.pay(shopper.fill_in(method))
    page.goto(f"/orders/{order_id}")
    return order_id


def order_until(until: Until, method: str = "pm_succeeds", *skus: str) -> Go:
    def go(page: Page, shop: LocalCloud) -> None:
        OrderBook(shop).wait(with_order(page, shop, method, *skus), until, ORDER_TAKES)
        page.reload()

    return go


def in_status(wanted: str) -> Until:
    return lambda row: bool(row.get("status", {}).get("S") == wanted)


def signed_in(page: Page, shop: LocalCloud, email: str = MERCHANT) -> None:
    _become(page, _session(shop, email), shop)


@cache
def _session(shop: LocalCloud, email: str) -> httpx.Cookies:
    """One letter for each address: a quarter of an hour allows only so many."""
    return sign_in(shop.shop_url, email, Mailbox(shop), cookies="").cookies


def _become(page: Page, cookies: httpx.Cookies, shop: LocalCloud) -> None:
    page.context.add_cookies(
        [{"name": name, "value": value, "url": shop.shop_url} for name, value in cookies.items()]
    )
