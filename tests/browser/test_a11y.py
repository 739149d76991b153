"""Nothing stands in anybody's way: axe on every page and state, narrow screens, large type."""

import pytest
from playwright.sync_api import Page

from tests.browser.checks.admin_scenes import DESK as MERCHANTS
from tests.browser.checks.axe import look
from tests.browser.checks.browser import DESK, PHONE, see
from tests.browser.checks.scenes import SHOP, Scene
from tests.browser.conftest import OpenPage
from tests.fake_clouds import RunningShop

NARROWEST = 320  # a window of 1280 at 400 %, as WCAG's 1.4.10 measures it
# `shop access` looks at all four; between them these two have each width and each scheme.
VIEWS = ((DESK, False), (PHONE, True))
SCENES = (*SHOP, *MERCHANTS)

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
MAIN_CONTROLS = ".button, .masthead a, main input:not([type=hidden]), main select, .stepper button"
TOO_SMALL = """(controls) => controls
    .filter((it) => it.checkVisibility({ visibilityProperty: true }) && !it.matches(".spoken"))
    .map((it) => it.closest("label") ?? it)
    .filter((it) => it.getBoundingClientRect().height < 43.5)
    .map((it) => it.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_axe_finds_nothing_and_nothing_sticks_out(
    open_page: OpenPage, stocked_shop: RunningShop, scene: Scene
) -> None:
    page = open_page(expected=scene.complaint)
    scene.go(page, stocked_shop.cloud)

    looked = look(page, VIEWS)

    assert looked.findings == ()
    assert looked.passed > 20
    see(page, width=NARROWEST, dark=False)
    assert page.evaluate(SIDEWAYS) == 0


def test_axe_would_find_something(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    page.evaluate("document.querySelector('main img').removeAttribute('alt')")

    assert "image-alt" in {it.rule for it in look(page, VIEWS).findings}


def test_a_breach_of_the_policy_and_a_broken_script_would_fail_a_test(
    open_page: OpenPage, complaints: list[str]
) -> None:
    page = open_page()
    page.goto("/")

    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')")
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('broken'); })")

    assert {it.partition(":")[0] for it in complaints} == {"error", "script"}
    complaints.clear()


def on_main_pages(open_page: OpenPage, shop: RunningShop, **visit: int) -> list[Page]:
    names = ("home", "category", "product", "cart", "checkout")
    pages = []
    for scene in (it for it in SHOP if it.name in names):
        page = open_page(**visit)
        scene.go(page, shop.cloud)
        pages.append(page)
    assert len(pages) == len(names)
    return pages


def test_what_one_presses_is_large_enough_for_a_thumb(
    open_page: OpenPage, stocked_shop: RunningShop
) -> None:
    for page in on_main_pages(open_page, stocked_shop, width=PHONE):
        assert page.eval_on_selector_all(MAIN_CONTROLS, TOO_SMALL) == [], page.url


def test_type_twice_as_large_still_fits(open_page: OpenPage, stocked_shop: RunningShop) -> None:
    for page in on_main_pages(open_page, stocked_shop):
        page.evaluate("document.documentElement.style.fontSize = '200%'")

        assert page.evaluate(SIDEWAYS) == 0, page.url


def test_whoever_wants_no_motion_gets_none(open_page: OpenPage) -> None:
    page = open_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto("/products/tarn-vase")
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("dialog", name="Your cart").wait_for()

    assert page.evaluate("document.getAnimations().length") == 0


def test_in_the_readers_own_colours_what_is_chosen_still_shows(open_page: OpenPage) -> None:
    page = open_page()
    page.emulate_media(forced_colors="active")
    page.goto("/products/tarn-vase")

    chosen, other = (
        page.locator(".swatch:has(:checked)"),
        page.locator(".swatch:not(:has(:checked))"),
    )

    line = "(it) => getComputedStyle(it).outlineStyle"
    assert chosen.evaluate(line) == "solid"
    assert other.first.evaluate(line) == "none"
