"""Chromium with a deployed and seeded shop; any console error or warning fails the test."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from infra.local.cloud import LocalCloud
from infra.local.seed import seed
from tests.browser.checks.browser import open_browser
from tests.browser.light_shop import light_settings, light_shop
from tests.fake_clouds import DeployedShop, deployed_shop, use_cloud

# Chromium logs every response that is not a success; tests submit invalid forms on purpose.
REFUSED_FORM = "responded with a status of (409|422)"

NARROW = 960  # up to here a visitor has a touch screen, and the filters are a sheet

type OpenPage = Callable[..., Page]
type Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def stocked_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeployedShop]:
    """A deployed shop with the demo catalog, seeded through its own upload pipeline.

    Other tests add products to their shop, and these tests count products.
    """
    with deployed_shop(tmp_path_factory.mktemp("browser")) as shop:
        seed(shop.cloud, report=lambda _: None)
        yield shop


@pytest.fixture(scope="session")
def open_storefront(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with light_shop(tmp_path_factory.mktemp("storefront")) as cloud:
        yield cloud


@pytest.fixture
def storefront(open_storefront: LocalCloud) -> LocalCloud:
    """The demo catalog and one product with long names, served from this process."""
    use_cloud(light_settings(open_storefront))
    return open_storefront


@pytest.fixture
def visit(chromium: Browser, storefront: LocalCloud) -> Iterator[Visit]:
    """Open a page of the light shop in German, with these SKUs in the cart."""
    contexts = []

    def open_one(
        width: int, path: str, *skus: str, height: int = 740, javascript: bool = True
    ) -> Page:
        context = chromium.new_context(
            base_url=storefront.shop_url,
            viewport={"width": width, "height": height},
            has_touch=width < NARROW,
            java_script_enabled=javascript,
            locale="de-DE",
            reduced_motion="reduce",
        )
        contexts.append(context)
        for sku in skus:
            form: dict[str, str | float | bool] = {"sku": sku, "quantity": 2}
            headers = {"Sec-Fetch-Site": "same-origin"}
            assert context.request.post("/cart", form=form, headers=headers).ok
        page = context.new_page()
        page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def console_messages() -> Iterator[list[str]]:
    """The errors and warnings on the console; a test that provokes some must remove them."""
    messages: list[str] = []
    yield messages
    assert messages == []


@pytest.fixture
def open_page(
    chromium: Browser, stocked_shop: DeployedShop, console_messages: list[str]
) -> Iterator[OpenPage]:
    """Open pages of new visitors, with or without JavaScript, on a phone or a desktop."""
    contexts = []

    def open_one(
        *,
        javascript: bool = True,
        width: int = 1280,
        dark: bool = False,
        expected: str | None = None,
    ) -> Page:
        context = chromium.new_context(
            base_url=stocked_shop.url,
            java_script_enabled=javascript,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        page = context.new_page()
        allowed = re.compile("|".join(filter(None, (REFUSED_FORM, expected))))

        def listen(message: ConsoleMessage) -> None:
            relevant = message.type in ("error", "warning")  # a violation of the CSP is an error
            if relevant and not allowed.search(message.text):
                console_messages.append(f"{message.type}: {message.text}")

        page.on("console", listen)
        page.on("pageerror", lambda error: console_messages.append(f"script: {error}"))
        return page

    yield open_one
    for context in contexts:
        context.close()
