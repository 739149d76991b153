import re
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.analytics.facts import record_fact
from app.analytics.models import Total
from app.web.admin.csv_responses import csv_download
from tests.builders import a_product, sku_of
from tests.unit.app.web.pages import page_text


def _record_sale(sku: str, cents: int) -> None:
    now = datetime.now(UTC)
    totals = [
        ("placed", Total(1, cents)),
        ("paid", Total(1, cents)),
        (f"sku#{sku}", Total(2, cents)),
    ]
    record_fact(str(ULID()), now, totals, now=now)


@pytest.mark.parametrize(("period", "intervals"), [("24h", 24), ("7d", 7), ("30d", 30)])
def test_sales_report_has_a_bar_and_a_row_for_each_interval(
    merchant: TestClient, period: str, intervals: int
) -> None:
    answer = merchant.get("/admin/sales", params={"period": period})

    assert answer.text.count("<rect") == 2 * intervals
    assert answer.text.count('<th scope="row">') >= intervals


def test_best_sellers_are_listed_with_title_units_and_revenue(merchant: TestClient) -> None:
    product = a_product(title="Best jar")
    _record_sale(sku_of(product), 9_000_000)

    assert f"Best jar {sku_of(product)} 2 €90,000.00" in page_text(merchant.get("/admin/sales"))


def test_order_funnel_shows_each_status_in_per_cent(merchant: TestClient) -> None:
    _record_sale(sku_of(a_product()), 100)

    page = page_text(merchant.get("/admin/sales"))

    assert re.search(r"Placed \d+ 100% Paid \d+ \d+% Shipped \d+ \d+% Declined", page)


@pytest.mark.parametrize("period", ["", "1y", "7D", "30"])
def test_invalid_period_is_rejected(merchant: TestClient, period: str) -> None:
    assert merchant.get("/admin/sales", params={"period": period}).status_code == 422


def test_csv_export_of_the_sales_report_has_plain_amounts(merchant: TestClient) -> None:
    answer = merchant.get("/admin/sales/intervals.csv?period=7d")

    lines = answer.content.decode("utf-8-sig").splitlines()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="intervals-7d-' in answer.headers["content-disposition"]
    assert lines[0] == "from (Europe/Berlin),utc offset,orders,paid,payments,refunds,revenue"
    assert len(lines) == 8
    assert "€" not in answer.text


def test_csv_export_of_best_sellers_escapes_formulas(merchant: TestClient) -> None:
    product = a_product(title="=HYPERLINK(1)")
    _record_sale(sku_of(product), 8_000_000)

    answer = merchant.get("/admin/sales/best-sellers.csv")

    assert f"{sku_of(product)},'=HYPERLINK(1),2,80000.00" in answer.text.splitlines()


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_csv_injection_is_prevented_in_every_download(cell: str) -> None:
    content = bytes(csv_download("x", ["a"], [[cell, 7]]).body).decode()

    assert f"'{cell}" in content
    assert ",7" in content


def test_unknown_table_is_rejected(merchant: TestClient) -> None:
    assert merchant.get("/admin/sales/secrets.csv").status_code == 422


def test_sold_out_variants_are_listed(merchant: TestClient) -> None:
    a_product(quantity=0, title="Sold-out jug")
    a_product(quantity=1, title="Last jug")

    page = page_text(merchant.get("/admin/sales"))

    assert "Sold-out jug" in page
    assert "Last jug" not in page
