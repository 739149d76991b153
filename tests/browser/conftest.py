"""A real browser before the running, stocked shop; whatever it complains about fails the test."""

import re
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from infra.local.seed import seed
from tests.clouds import RunningShop, running_shop

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# As root in a container Chromium has no sandbox; and it should call nobody.
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]

# Chromium reports every answer that is not a success; a form that was refused is what we asked for.
REFUSED_FORM = re.compile("responded with a status of (409|422)")

type OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def stocked_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    """A shop of its own with the demo catalogue, through the shop's own upload pipeline.

    Other tests put pieces on their shop's shelf, and here the pieces are counted.
    """
    with running_shop(tmp_path_factory.mktemp("browser")) as shop:
        seed(shop.cloud, say=lambda _: None)
        yield shop


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not found:
        pytest.fail("No Chromium here: `apt-get install chromium`, or `brew install chromium`.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, stocked_shop: RunningShop) -> Iterator[OpenPage]:
    """A visitor of their own, with or without JavaScript, on a phone or a desk."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        told = message.type in ("error", "warning")  # a breach of the security policy is an error
        if told and not REFUSED_FORM.search(message.text):
            complaints.append(f"{message.type}: {message.text}")

    contexts = []

    def open_one(*, javascript: bool = True, width: int = 1280, dark: bool = False) -> Page:
        context = chromium.new_context(
            base_url=stocked_shop.url,
            java_script_enabled=javascript,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not complaints
