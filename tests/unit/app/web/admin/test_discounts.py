"""Discount codes in the admin: the list, and the forms to create, change and end one."""

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.discounts.models import Discount
from app.discounts.terms import admin_path, find_own_discount
from app.persistence.audit_log import AuditLogEntry
from tests.builders import NOON, a_discount, an_order
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import heading, input_values, page_text

FIELDS = {
    "percent": "",
    "amount": "",
    "minimum": "",
    "max_redemptions": "",
    "max_per_customer": "1",
}
FIELDS |= {"starts_at": "", "ends_at": ""}


def a_code() -> str:
    return f"NEW-{str(ULID())[-16:]}"


def test_merchant_creates_a_code_that_the_list_shows(merchant: TestClient) -> None:
    code = a_code()
    form = FIELDS | {"code": f" {code.lower()} ", "percent": "15", "minimum": "20,00"}
    form |= {"max_redemptions": "100", "ends_at": "2090-06-30T23:59"}

    answer = merchant.post("/admin/discounts", data=form)

    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/discounts")
    row = find_own_discount(code)
    assert (row.percent, row.minimum, row.max_redemptions) == (15, 2_000, 100)
    assert row.amount is None
    assert f"{row.ends_at:%Y-%m-%d %H:%M}" == "2090-06-30 21:59"  # 23:59 in the shop
    assert f"{code} 15% €20.00 0 of 100 Active until 30 June 2090, 23:59" in page_text(
        merchant.get("/admin/discounts")
    )
    entries = [it.by for it in AuditLogEntry.scan() if it.path == admin_path(code)]
    assert entries == [MERCHANT]


def test_list_without_codes_leads_to_the_form(merchant: TestClient) -> None:
    for row in Discount.query("discounts"):
        row.delete()

    page = merchant.get("/admin/discounts")

    assert "No discount codes yet." in page_text(page)
    assert heading(merchant.get("/admin/discounts/new")) == "Create a discount code"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code": "x!"}, "Enter a discount code of A to Z, 0 to 9 and hyphens"),
        ({"percent": "91"}, "Enter a percentage of at most 90."),
        ({"percent": "0"}, "Enter a percentage of at least 1."),
        ({"percent": ""}, "Enter either a percentage or an amount."),
        ({"amount": "5.00"}, "Enter either a percentage or an amount."),
        (
            {"percent": "", "amount": "5.00", "minimum": "5.00"},
            "Enter a minimum order above the amount, so that no order is free.",
        ),
        ({"starts_at": "tomorrow"}, "Enter a start as a day and a time"),
        ({"starts_at": "0001-01-01T00:00"}, "Enter a start as a day and a time"),
        (
            {"starts_at": "2031-02-01T10:00", "ends_at": "2031-02-01T09:00"},
            "Enter an end after the start.",
        ),
        ({"max_per_customer": ""}, "Enter a limit for each customer."),
        ({"max_redemptions": "0"}, "Enter a limit of at least 1."),
    ],
)
def test_invalid_terms_are_shown_again_with_a_message(
    merchant: TestClient, changes: dict[str, str], message: str
) -> None:
    form = FIELDS | {"code": a_code(), "percent": "10"} | changes

    page = merchant.post("/admin/discounts", data=form)

    assert page.status_code == 422
    assert message in page_text(page)
    assert input_values(page)["percent"] == form["percent"]


def test_code_that_exists_is_refused(merchant: TestClient) -> None:
    code = a_discount().code

    page = merchant.post("/admin/discounts", data=FIELDS | {"code": code, "percent": "10"})

    assert page.status_code == 422
    assert "This code exists already. Enter another one." in page_text(page)


def test_merchant_changes_a_code(merchant: TestClient) -> None:
    discount = a_discount(minimum=2_000)
    values = input_values(merchant.get(admin_path(discount.code)))

    answer = merchant.post(admin_path(discount.code), data=values | {"percent": "20"})

    assert answer.status_code == 303
    changed = find_own_discount(discount.code)
    assert (changed.percent, changed.minimum, changed.version) == (20, 2_000, 1)


def test_used_code_keeps_its_price_and_says_so(merchant: TestClient) -> None:
    discount = a_discount()
    an_order(discount=discount)
    page = merchant.get(admin_path(discount.code))

    refused = merchant.post(admin_path(discount.code), data=input_values(page) | {"percent": "20"})

    assert "Redeemed by 1 order." in page_text(page)
    assert refused.status_code == 422
    assert "Orders have used this code" in page_text(refused)


def test_outdated_form_is_refused(merchant: TestClient) -> None:
    path = admin_path(a_discount().code)
    values = input_values(merchant.get(path))
    merchant.post(path, data=values | {"percent": "20"})

    page = merchant.post(path, data=values | {"percent": "30"})

    assert page.status_code == 409
    assert "This code was changed or used since you opened the form." in page_text(page)


def test_merchant_ends_a_code_for_good(merchant: TestClient) -> None:
    path = admin_path(a_discount().code)

    answers = [merchant.post(f"{path}/end").status_code for _ in range(2)]

    page = page_text(merchant.get(path))
    assert answers == [303, 303]
    assert "Ended" in page
    assert "Save changes" not in page


def test_unknown_and_impossible_codes_are_not_found(merchant: TestClient) -> None:
    codes = ("NO-SUCH-CODE", "x" * 3_000, "%20")

    assert [merchant.get(f"/admin/discounts/{it}").status_code for it in codes] == [404] * 3


def test_order_page_of_the_admin_names_the_code(merchant: TestClient) -> None:
    discount = a_discount()
    order = an_order(discount=discount)

    page = page_text(merchant.get(f"/admin/orders/{order.order_id}"))

    assert f"Discount {discount.code} −€2.45" in page
    assert order.placed_at == NOON
