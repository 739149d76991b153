"""One purchase from the discount code to the return, in three ways.

By keyboard, without JavaScript, and as a screen reader does it: every control is found by its role
and name in the accessibility tree, and every message is read there.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page

from app.orders.compensation import release
from app.orders.payment import charge
from app.orders.queries import load_order_details
from app.orders.return_rows import ReturnStatus
from app.orders.shipping import ship
from infra.local.cloud import LocalCloud
from tests.browser.actions import offer_discount
from tests.browser.conftest import Visit
from tests.browser.test_keyboard import tab_to

CODE = "JOURNEY10"
ADDRESS = {
    "E-Mail": "maximiliane.hohenstein@example.com",
    "Vollständiger Name": "Maximiliane von Hohenstein",
    "Straße und Hausnummer": "Sternstraße 12",
    "Postleitzahl": "10115",
    "Ort": "Berlin",
}
SELECTED_BY_ARROWS = 2  # the third option of a list


class Keyboard:
    """Tab, Enter, Space, arrows and typed text only; every focus is visible."""

    javascript = True

    def press(self, control: Locator) -> None:
        tab_to(control.page, control)
        control.page.keyboard.press("Enter")

    def type(self, field: Locator, text: str) -> None:
        tab_to(field.page, field)
        field.page.keyboard.type(text)

    def check(self, radio: Locator) -> None:
        """Tab reaches the selected radio button of a group, arrows the others."""
        group = radio.locator("xpath=ancestor::fieldset")
        tab_to(radio.page, group.locator("input:checked"))
        for _ in range(group.get_by_role("radio").count()):
            if radio.is_checked():
                return
            radio.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{radio} cannot be reached by arrow keys")

    def select(self, box: Locator, index: int) -> None:
        tab_to(box.page, box)
        for _ in range(index):
            box.page.keyboard.press("ArrowDown")


class Pointer:
    """Taps and clicks, on pages that run no script."""

    javascript = False

    def press(self, control: Locator) -> None:
        control.click()

    def type(self, field: Locator, text: str) -> None:
        field.fill(text)

    def check(self, radio: Locator) -> None:
        radio.check()

    def select(self, box: Locator, index: int) -> None:
        box.select_option(index=index)


class ScreenReader(Pointer):
    """Acts on the nodes that the accessibility tree names."""

    javascript = True

    def press(self, control: Locator) -> None:
        control.focus()
        control.page.keyboard.press("Enter")


@pytest.fixture(autouse=True)
def discount(storefront: LocalCloud) -> None:
    offer_discount(CODE)


def heard(page: Page, *phrases: str) -> None:
    """What the accessibility tree of the page says, in this order."""
    pattern = re.compile(".*".join(map(re.escape, phrases)), re.DOTALL)
    for _ in range(50):
        if pattern.search(tree := page.locator("body").aria_snapshot()):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{phrases} not in\n{tree}")


def order_id_of(page: Page) -> str:
    page.wait_for_url(re.compile(r"/orders/[0-9A-Z]{26}$"))
    return page.url.rpartition("/")[2]


def workflow(order_id: str, *steps: Callable[..., object]) -> None:
    """What the state machine calls, a day later."""
    for step in steps:
        step(order_id, now=datetime.now(UTC) + timedelta(days=1))


@pytest.mark.parametrize(
    "way", [Keyboard(), Pointer(), ScreenReader()], ids=lambda way: type(way).__name__
)
def test_discount_decline_retry_and_return(
    visit: Visit, way: Keyboard | Pointer | ScreenReader
) -> None:
    page = visit(1280, "/cart", "MUG-BLUE", javascript=way.javascript)
    heard(page, 'heading "Dein Warenkorb" [level=1]', 'heading "Hafenbecher"', "Rabattcode")
    way.press(page.locator("summary", has_text="Rabattcode"))
    way.type(page.get_by_role("textbox", name="Rabattcode"), CODE.lower())
    way.press(page.get_by_role("button", name="Einlösen"))
    heard(page, f'button "Rabattcode {CODE} entfernen"', "−4,80", "49,10")

    way.press(page.get_by_role("link", name="Zur Kasse"))
    heard(page, 'heading "Kasse" [level=1]', 'group "Lieferadresse"', 'group "Zahlung (Test)"')
    for name, text in ADDRESS.items():
        way.type(page.get_by_role("textbox", name=name, exact=True), text)
    way.check(page.get_by_role("radio", name="Von der Bank abgelehnt"))
    way.press(page.get_by_role("button", name="Zahlungspflichtig bestellen"))
    declined = order_id_of(page)
    workflow(declined, charge, release)
    page.reload()
    heard(page, 'heading "Deine Zahlung wurde abgelehnt." [level=1]', "status: Deine Bank hat")

    way.press(page.get_by_role("button", name="Andere Zahlungsart versuchen"))
    heard(page, 'group "Zahlung (Test)"', "alert", "Deine Bank hat die Zahlung abgelehnt.", "49,10")
    way.check(page.get_by_role("radio", name="Erfolgreich", exact=True))
    way.press(page.get_by_role("button", name="Zahlungspflichtig bestellen"))
    order_id = order_id_of(page)
    assert order_id != declined
    heard(page, 'heading "Danke, Maximiliane."', "status", CODE, "−4,80")
    workflow(order_id, charge)
    page.reload()
    heard(page, "ist bestätigt", "status: Wir packen")

    shipped_at = datetime.now(UTC) + timedelta(days=2)
    ship(order_id, now=shipped_at)
    page.reload()
    way.press(page.get_by_role("link", name="Artikel zurückgeben"))
    way.press(page.get_by_role("button", name="Rückgabe anfragen"))
    heard(page, "alert", "Wähle aus, warum du die Artikel zurückgibst")
    way.select(page.get_by_role("combobox", name="Hafenbecher · Blau"), 1)
    way.select(
        page.get_by_role("combobox", name="Warum gibst du die Artikel zurück?"), SELECTED_BY_ARROWS
    )
    way.press(page.get_by_role("button", name="Rückgabe anfragen"))
    heard(page, 'heading "Danke, Maximiliane."', "Rückgabe angefragt")
    (row,) = load_order_details(order_id).returns
    assert (row.status, row.units) == (ReturnStatus.REQUESTED, {"MUG-BLUE": 1})
