"""One purchase until it is paid, in a real browser: decline, retry, country and billing address."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from app.orders.compensation import release
from app.orders.payment import charge
from tests.browser.checks.stillness import assert_in_view, nothing_moves, scroll_to
from tests.browser.conftest import Visit

EMAIL = "maximiliane.hohenstein-wallburg@example.com"
ADDRESS = {
    "email": EMAIL,
    "name": "Prof. Dr. Maximiliane Charlotte Freifrau von Hohenstein-Wall",
    "company": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk GmbH",
    "street": "Rindfleischetikettierungsüberwachungsaufgabenweg 127a",
    "street2": "Hinterhaus, 3. Obergeschoss links",
    "postal_code": "10115",
    "city": "Berlin",
    "phone": "+49 30 1234567",
    "delivery_note": "Bitte beim Nachbarn Wärmedämmverbundsystemprüfer klingeln.",
}
widths = pytest.mark.parametrize("width", [320, 390, 1440])
with_or_without = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])


def fill_in(page: Page, method: str = "pm_succeeds") -> None:
    for name, text in ADDRESS.items():
        page.locator(f"#{name}").fill(text)
    page.locator(f"[name=payment_method][value={method}]").check()


def pay(page: Page) -> str:
    page.locator(".pay").click()
    page.wait_for_url(re.compile(r"/orders/[0-9A-Z]{26}$"))
    return page.url.rpartition("/")[2]


def decline(order_id: str) -> None:
    """What the workflow does."""
    now = datetime.now(UTC)
    charge(order_id, now=now)
    release(order_id, now=now)


def is_too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@widths
@with_or_without
def test_decline_leads_back_to_the_payment_of_the_same_purchase(
    visit: Visit, width: int, *, javascript: bool
) -> None:
    page = visit(width, "/checkout", "MUG-BLUE", javascript=javascript)
    fill_in(page, "pm_declined")
    declined = pay(page)
    decline(declined)
    page.reload()

    page.get_by_role("button", name="Andere Zahlungsart versuchen").click()

    page.wait_for_url("**/checkout#declined")
    reason = page.locator("#declined")
    expect(reason).to_contain_text("Deine Bank hat die Zahlung abgelehnt.")
    expect(reason).to_be_focused()
    assert_in_view(reason)
    for name, text in ADDRESS.items():
        expect(page.locator(f"#{name}")).to_have_value(text)
    assert not is_too_wide(page)
    assert pay(page) != declined


@widths
def test_address_is_folded_when_another_payment_is_chosen(visit: Visit, width: int) -> None:
    page = visit(width, "/checkout", "MUG-BLUE")
    fill_in(page, "pm_insufficient_funds")
    decline(pay(page))
    page.reload()

    page.get_by_role("button", name="Andere Zahlungsart versuchen").click()

    summary = page.locator("fieldset.is-collapsed").nth(1)
    expect(summary).to_contain_text(f"{ADDRESS['street']}, {ADDRESS['street2']}, 10115 Berlin")
    expect(summary).to_contain_text(ADDRESS["company"])
    expect(page.locator("#declined")).to_contain_text("nicht ausreichend gedeckt")
    assert not is_too_wide(page)


@widths
def test_error_summary_follows_the_country_and_nothing_moves(visit: Visit, width: int) -> None:
    page = visit(width, "/checkout", "MUG-BLUE")
    page.locator("#email").fill(EMAIL)
    page.locator(".pay").click()
    expect(page.locator("#errors li")).to_have_count(4)
    page.locator("#city").fill("Springfield")
    page.locator("#postal_code").fill("35203")
    country = page.locator("#country")
    scroll_to(country)
    country.focus()

    with nothing_moves(page, country, focus=country):
        country.select_option("US")
        expect(page.locator("#region")).to_be_visible()

    expect(page.locator("#errors")).to_contain_text("Bundesstaat")
    expect(page.locator("#errors")).to_contain_text("Telefonnummer")
    expect(page.locator("#city")).to_have_value("Springfield")
    expect(page.locator("#postal_code")).to_have_value("35203")
    assert not is_too_wide(page)


@widths
def test_billing_address_opens_in_place(visit: Visit, width: int) -> None:
    page = visit(width, "/checkout", "MUG-BLUE")
    fill_in(page)
    box = page.locator("#billing_differs")
    scroll_to(box)
    box.focus()

    with nothing_moves(page, box, focus=box):
        page.keyboard.press("Space")
        expect(page.locator("#billing_street")).to_be_visible()
    page.locator("#billing_country").select_option("FR")
    expect(page.locator("#billing_postal_code[data-pattern]")).to_be_visible()
    for name, text in {"name": "Marie Petit", "street": "1 rue de Rivoli", "city": "Paris"}.items():
        page.locator(f"#billing_{name}").fill(text)
    page.locator("#billing_postal_code").fill("75001")
    assert not is_too_wide(page)

    pay(page)

    expect(page.locator("#receipt")).to_contain_text("Rechnungsadresse")
    expect(page.locator("#receipt")).to_contain_text("75001 Paris")
    assert not is_too_wide(page)


def test_billing_address_works_without_javascript(visit: Visit) -> None:
    page = visit(390, "/checkout", "MUG-BLUE", javascript=False)
    fill_in(page)
    page.locator("#billing_differs").check()

    page.get_by_role("button", name="Rechnungsadresse eingeben").click()

    expect(page.locator("#billing_street")).to_be_visible()
    expect(page.locator("#delivery_note")).to_have_value(ADDRESS["delivery_note"])
