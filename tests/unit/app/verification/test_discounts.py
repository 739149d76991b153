"""D1 and D2: how often a code was redeemed, and what it took off."""

import json

import pytest

from app.verification import discounts
from tests.unit.app.verification.consistent_snapshot import (
    CODE,
    CODE_CUSTOMER,
    CUSTOMER,
    LINES,
    SHIPPED,
    Fields,
    add_discount,
    settled_fields,
    snapshot_of,
)
from tests.unit.app.verification.test_verifier import Corrupt, changed, removed

SHIPPED_ORDER = {"order_id": SHIPPED, "part": "order"}
THE_CODE, THE_CUSTOMER = {"item_id": CODE}, {"item_id": CODE_CUSTOMER}


def lines_with(discount: int) -> str:
    return json.dumps([LINES[0] | {"discount": discount}])


def rules(fields: Fields) -> set[str]:
    return {it.rule for it in discounts.check_invariants(snapshot_of(fields))}


def test_code_that_was_redeemed_by_its_orders_breaks_no_rule() -> None:
    assert rules(settled_fields()) == rules(add_discount(settled_fields())) == set()


VIOLATIONS: dict[str, tuple[str, Corrupt]] = {
    "redeemed without an order": ("D1", changed("catalog", THE_CODE, redeemed=2)),
    "not redeemed": ("D1", changed("catalog", THE_CODE, redeemed=0)),
    "above the limit": ("D1", changed("catalog", THE_CODE, max_redemptions=0)),
    "above the limit of a customer": ("D1", changed("catalog", THE_CODE, max_per_customer=0)),
    "not counted for the customer": ("D1", changed("catalog", THE_CUSTOMER, redeemed=0)),
    "counted for another customer": ("D1", changed("orders", SHIPPED_ORDER, email="bo@p.example")),
    "negative": ("D1", changed("catalog", THE_CUSTOMER, redeemed=-1)),
    "kept by a cancelled order": ("D1", changed("orders", SHIPPED_ORDER, status="cancelled")),
    "of a code that is missing": ("D1", removed("catalog", **THE_CODE)),
    "a cent too much": ("D2", changed("orders", SHIPPED_ORDER, lines=lines_with(401))),
    "other terms": ("D2", changed("catalog", THE_CODE, percent=20)),
    "below the minimum": ("D2", changed("catalog", THE_CODE, minimum=4_001)),
    "without a code": ("D2", changed("orders", SHIPPED_ORDER, discount_code=None)),
}


@pytest.mark.parametrize(("rule", "corrupt"), VIOLATIONS.values(), ids=VIOLATIONS)
def test_violation_is_reported(rule: str, corrupt: Corrupt) -> None:
    assert rule in rules(corrupt(add_discount(settled_fields())))


def test_customer_of_an_erased_order_is_no_longer_known() -> None:
    erased = changed("orders", SHIPPED_ORDER, email="")(add_discount(settled_fields()))

    assert rules(erased) == set()


def test_some_of_the_orders_prove_no_count_but_their_own_discounts() -> None:
    some = add_discount(settled_fields(), redeemed=1) | {"has_all_orders": False}
    some = changed("catalog", THE_CODE, redeemed=2)(some)

    assert rules(some) == set()
    assert rules(changed("orders", SHIPPED_ORDER, lines=lines_with(1))(some)) == {"D2"}
    assert CUSTOMER in json.dumps(some["orders"])
