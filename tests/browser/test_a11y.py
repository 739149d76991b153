"""Accessibility: axe on every page and state, narrow screens, large text, user preferences."""

import pytest
from playwright.sync_api import Page

from tests.browser.checks.admin_scenes import ADMIN_SCENES as MERCHANTS
from tests.browser.checks.axe import run_axe
from tests.browser.checks.browser import DESKTOP, PHONE, set_view
from tests.browser.checks.scenes import STOREFRONT_SCENES, Scene
from tests.browser.checks.unstyled import classes_without_rule
from tests.browser.conftest import OpenPage
from tests.fake_clouds import DeployedShop

NARROWEST = 320  # 1280 pixels zoomed to 400 %, as in WCAG 1.4.10 (Reflow)
# `shop a11y` checks all four views; these two cover each width and each theme.
VIEWS = ((DESKTOP, False), (PHONE, True))
SCENES = (*STOREFRONT_SCENES, *MERCHANTS)

HORIZONTAL_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
MAIN_CONTROLS = (
    ".button, .site-header a, main input:not([type=hidden]), main select, .stepper button"
)
TOO_SMALL = """(controls) => controls
    .filter((it) => it.checkVisibility({ visibilityProperty: true }))
    .filter((it) => !it.matches(".visually-hidden"))
    .map((it) => it.closest("label") ?? it)
    .filter((it) => it.getBoundingClientRect().height < 43.5)
    .map((it) => it.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_axe_finds_no_violation_and_nothing_overflows(
    open_page: OpenPage, stocked_shop: DeployedShop, scene: Scene
) -> None:
    page = open_page(expected=scene.expected_message)
    scene.open(page, stocked_shop.cloud)

    looked = run_axe(page, VIEWS)

    assert looked.findings == ()
    assert classes_without_rule(page) == set()
    assert looked.passed_rules > 20
    set_view(page, width=NARROWEST, dark=False)
    assert page.evaluate(HORIZONTAL_OVERFLOW) == 0


def test_axe_finds_a_missing_alt_text(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    page.evaluate("document.querySelector('main img').removeAttribute('alt')")

    assert "image-alt" in {it.rule for it in run_axe(page, VIEWS).findings}


def test_csp_violations_and_script_errors_fail_a_test(
    open_page: OpenPage, console_messages: list[str]
) -> None:
    page = open_page()
    page.goto("/")

    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')")
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('broken'); })")

    assert {it.partition(":")[0] for it in console_messages} == {"error", "script"}
    console_messages.clear()


def on_main_pages(open_page: OpenPage, shop: DeployedShop, **visit: int) -> list[Page]:
    names = ("home", "category", "product", "cart", "checkout")
    pages = []
    for scene in (it for it in STOREFRONT_SCENES if it.name in names):
        page = open_page(**visit)
        scene.open(page, shop.cloud)
        pages.append(page)
    assert len(pages) == len(names)
    return pages


def test_controls_are_large_enough_to_touch(
    open_page: OpenPage, stocked_shop: DeployedShop
) -> None:
    for page in on_main_pages(open_page, stocked_shop, width=PHONE):
        assert page.eval_on_selector_all(MAIN_CONTROLS, TOO_SMALL) == [], page.url


def test_text_twice_as_large_still_fits(open_page: OpenPage, stocked_shop: DeployedShop) -> None:
    for page in on_main_pages(open_page, stocked_shop):
        page.evaluate("document.documentElement.style.fontSize = '200%'")

        assert page.evaluate(HORIZONTAL_OVERFLOW) == 0, page.url


def test_reduced_motion_disables_animations(open_page: OpenPage) -> None:
    page = open_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto("/products/tarn-vase")
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("dialog", name="Your cart").wait_for()

    assert page.evaluate("document.getAnimations().length") == 0


def test_forced_colors_still_show_the_selected_variant(open_page: OpenPage) -> None:
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
