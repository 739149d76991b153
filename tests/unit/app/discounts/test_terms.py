"""Merchants create, change and end codes; terms that decide prices are fixed by the first order."""

from datetime import timedelta
from typing import Any

import pytest

from app.discounts.terms import (
    Terms,
    admin_path,
    change_terms,
    create_discount,
    end_discount,
    find_own_discount,
    list_discounts,
)
from app.errors import Conflict, NotFound, ValidationFailed
from tests.builders import NOON, a_discount, an_order, audit_log_entries
from tests.fake_clouds import MERCHANT

pytestmark = pytest.mark.usefixtures("tables")


def change(code: str, terms: Terms, *, version: int | None = None) -> None:
    discount = find_own_discount(code)
    expected = discount.version if version is None else version
    change_terms(discount, terms, expected_version=expected, now=NOON, by=MERCHANT)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({}, "percent"),
        ({"percent": 10, "amount": 500, "minimum": 501}, "percent"),
        ({"amount": 500, "minimum": 500}, "minimum"),
        ({"percent": 10, "starts_at": NOON, "ends_at": NOON}, "ends_at"),
    ],
)
def test_terms_that_contradict_each_other_are_refused(terms: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationFailed) as failed:
        Terms(**terms)

    assert list(failed.value.errors) == [field]


def test_code_is_created_once_and_listed_newest_first() -> None:
    older = a_discount()
    create_discount(f"{older.code}-2", Terms(percent=20), now=NOON + timedelta(days=1))

    with pytest.raises(ValidationFailed) as failed:
        create_discount(older.code, Terms(percent=20), now=NOON)

    assert list(failed.value.errors) == ["code"]
    codes = [it.code for it in list_discounts()]
    assert codes.index(f"{older.code}-2") < codes.index(older.code)


def test_changes_are_in_the_audit_log() -> None:
    code = a_discount().code
    change(code, Terms(amount=500, minimum=2_000))
    end_discount(find_own_discount(code), now=NOON, by=MERCHANT)

    summaries = [it.summary for it in audit_log_entries(admin_path(code))]

    assert summaries == [
        f"Created the discount code {code}: 10% off",
        f"Changed the discount code {code}: €5.00 off",
        f"Ended the discount code {code}",
    ]


def test_end_is_idempotent() -> None:
    discount = a_discount()
    for minutes in (0, 5):
        now = NOON + timedelta(minutes=minutes)
        end_discount(find_own_discount(discount.code), now=now, by=MERCHANT)

    ended = find_own_discount(discount.code)
    assert (ended.ended_at, ended.version) == (NOON, 1)


def test_change_of_an_outdated_form_is_refused() -> None:
    discount = a_discount()
    change(discount.code, Terms(percent=20))

    with pytest.raises(Conflict):
        change(discount.code, Terms(percent=30), version=0)

    assert find_own_discount(discount.code).percent == 20


@pytest.mark.parametrize("terms", [{"percent": 20}, {"minimum": 1}, {"max_per_customer": 2}])
def test_terms_that_decide_a_price_are_fixed_once_an_order_has_used_the_code(
    terms: dict[str, Any],
) -> None:
    discount = a_discount()
    an_order(discount=discount)

    with pytest.raises(ValidationFailed):
        change(discount.code, Terms(**({"percent": 10} | terms)))

    change(discount.code, Terms(percent=10, ends_at=NOON + timedelta(days=1), max_redemptions=9))
    assert find_own_discount(discount.code).max_redemptions == 9


def test_order_that_is_placed_meanwhile_fixes_the_terms() -> None:
    discount = a_discount()
    an_order(discount=discount)

    with pytest.raises(Conflict):
        change_terms(discount, Terms(percent=20), expected_version=0, now=NOON, by=MERCHANT)


def test_limit_is_never_below_what_was_redeemed() -> None:
    discount = a_discount(max_per_customer=2)
    for _ in range(2):
        an_order(discount=discount)
    limited = Terms(percent=10, max_per_customer=2, max_redemptions=1)

    with pytest.raises(ValidationFailed):
        change(discount.code, limited)
    with pytest.raises(Conflict):
        change_terms(discount, limited, expected_version=0, now=NOON, by=MERCHANT)


def test_unknown_code_is_not_found() -> None:
    with pytest.raises(NotFound):
        find_own_discount("NO-SUCH-CODE")
