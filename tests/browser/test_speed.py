"""Page weight and layout shift of the main pages on a phone."""

import pytest

from tests.browser.checks.browser import PHONE
from tests.browser.checks.page_weight import MAIN_PAGES, MAX_FILES, measure_weight
from tests.browser.checks.shared_session import MUG, with_cart
from tests.browser.conftest import OpenPage
from tests.fake_clouds import DeployedShop
from tests.printed_figures import PrintFigure


@pytest.mark.parametrize("path", MAIN_PAGES)
def test_page_weight_and_layout_shift_are_within_budget(
    open_page: OpenPage, stocked_shop: DeployedShop, print_figure: PrintFigure, path: str
) -> None:
    page = open_page(width=PHONE)
    with_cart(page, stocked_shop.cloud, MUG)

    weight = measure_weight(page, path)

    assert min(weight.kilobytes[kind] for kind in ("html", "css", "js", "fonts")) > 0
    assert weight.too_heavy() == {}
    assert weight.shifts == []
    print_figure(f"{path}: {weight.requests} requests, {weight.files} without pictures")
    assert weight.files <= MAX_FILES
