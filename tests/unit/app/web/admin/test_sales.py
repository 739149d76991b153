import re
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.analytics.counters import Sum, add_to_day
from app.persistence.dynamodb import writing_together
from app.web.admin.csv_responses import csv_file
from tests.builders import a_product, sku_of
from tests.unit.app.web.pages import words


def _sold_now(sku: str, cents: int) -> None:
    now = datetime.now(UTC)
    sums = [("placed", Sum(1, cents)), ("paid", Sum(1, cents)), (f"sku#{sku}", Sum(2, cents))]
    with writing_together() as transaction:
        add_to_day(transaction, now.date(), str(ULID()), sums)


@pytest.mark.parametrize("period", ["24h", "7d", "30d"])
def test_a_period_is_drawn_with_its_table_behind_it(merchant: TestClient, period: str) -> None:
    answer = merchant.get("/desk/sales", params={"period": period})

    spans = {"24h": 24, "7d": 7, "30d": 30}[period]
    assert answer.text.count("<rect") == 2 * spans
    assert answer.text.count('<th scope="row">') >= spans


def test_what_sold_is_told_by_its_title(merchant: TestClient) -> None:
    product = a_product(title="Best jar")
    _sold_now(sku_of(product), 9_000_000)

    assert f"Best jar {sku_of(product)} 2 €90,000.00" in words(merchant.get("/desk/sales"))


def test_the_way_from_order_to_parcel_is_told_in_parts_of_a_hundred(merchant: TestClient) -> None:
    _sold_now(sku_of(a_product()), 100)

    told = words(merchant.get("/desk/sales"))

    assert re.search(r"Placed \d+ 100 % Paid \d+ \d+ % Shipped \d+ \d+ % Declined", told)


@pytest.mark.parametrize("period", ["", "1y", "7D", "30"])
def test_a_period_that_is_none_is_refused(merchant: TestClient, period: str) -> None:
    assert merchant.get("/desk/sales", params={"period": period}).status_code == 422


def test_the_days_are_a_file_of_plain_amounts(merchant: TestClient) -> None:
    answer = merchant.get("/desk/sales/spans.csv?period=7d")

    lines = answer.content.decode("utf-8-sig").splitlines()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="spans-7d-' in answer.headers["content-disposition"]
    assert lines[0] == "from (UTC),orders,paid,revenue,refunds"
    assert len(lines) == 8
    assert "€" not in answer.text


def test_no_cell_of_the_best_sellers_is_a_formula(merchant: TestClient) -> None:
    product = a_product(title="=HYPERLINK(1)")
    _sold_now(sku_of(product), 8_000_000)

    answer = merchant.get("/desk/sales/sellers.csv")

    assert f"{sku_of(product)},'=HYPERLINK(1),2,80000.00" in answer.text.splitlines()


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_cell_that_would_be_run_is_made_text(cell: str) -> None:
    written = bytes(csv_file("x", ["a"], [[cell, 7]]).body).decode()

    assert f"'{cell}" in written
    assert ",7" in written


def test_a_table_that_is_none_is_refused(merchant: TestClient) -> None:
    assert merchant.get("/desk/sales/secrets.csv").status_code == 422


def test_what_ran_out_is_told(merchant: TestClient) -> None:
    a_product(pieces=0, title="Sold-out jug")
    a_product(pieces=1, title="Last jug")

    page = words(merchant.get("/desk/sales"))

    assert "Sold-out jug" in page
    assert "Last jug" not in page
