"""Pages are light and stand still: what travels to a phone, and what moves once it is there."""

import pytest

from tests.browser.checks.browser import PHONE
from tests.browser.checks.page_weight import weigh
from tests.browser.checks.shared_session import MUG, with_cart
from tests.browser.conftest import OpenPage
from tests.fake_clouds import RunningShop

PAGES = (
    "/",
    "/shelf?category=Vases",
    "/search?q=vase",
    "/products/tarn-vase",
    "/cart",
    "/checkout",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_light_and_stands_still(
    open_page: OpenPage, stocked_shop: RunningShop, path: str
) -> None:
    page = open_page(width=PHONE)
    with_cart(page, stocked_shop.cloud, MUG)

    weight = weigh(page, path)

    assert min(weight.kilobytes[kind] for kind in ("html", "css", "js", "fonts")) > 0
    assert weight.too_heavy() == {}
    assert weight.shift == 0
