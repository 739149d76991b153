"""A real browser before the running, stocked shop; whatever it complains about fails the test."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from infra.local.seed import seed
from tests.browser.checks.browser import open_browser
from tests.fake_clouds import RunningShop, running_shop

# Chromium reports every answer that is not a success; a form that was refused is what we asked for.
REFUSED_FORM = "responded with a status of (409|422)"

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
    with open_browser() as browser:
        yield browser


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """Whatever a page writes to the console; a test that provokes something takes it out."""
    heard: list[str] = []
    yield heard
    assert heard == []


@pytest.fixture
def open_page(
    chromium: Browser, stocked_shop: RunningShop, complaints: list[str]
) -> Iterator[OpenPage]:
    """A visitor of their own, with or without JavaScript, on a phone or a desk."""
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
        fine = re.compile("|".join(filter(None, (REFUSED_FORM, expected))))

        def listen(message: ConsoleMessage) -> None:
            told = message.type in ("error", "warning")  # a breach of the policy is an error
            if told and not fine.search(message.text):
                complaints.append(f"{message.type}: {message.text}")

        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
        return page

    yield open_one
    for context in contexts:
        context.close()
