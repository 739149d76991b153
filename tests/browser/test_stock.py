"""A merchant imports a CSV file, edits several products at once, and previews a search result."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.actions import BOTH, ORDER_TIMEOUT
from tests.browser.conftest import OpenPage
from tests.browser.test_admin import add_draft, sign_in
from tests.fake_clouds import DeployedShop


@BOTH
def test_a_product_file_is_imported_and_its_report_downloaded(
    open_page: OpenPage, stocked_shop: DeployedShop, javascript: bool, tmp_path: Path
) -> None:
    page = open_page(javascript=javascript, width=1280 if javascript else 390)
    sign_in(page, stocked_shop)
    slug = add_draft(page)
    file = tmp_path / "products.csv"
    file.write_text(f"slug;price;colour\n{slug};52.00;\nunknown;cheap;red\n", encoding="utf-8-sig")

    page.goto("/admin/products")
    page.get_by_role("link", name="Import CSV").click()
    page.get_by_role("button", name="Upload a file").click()
    page.wait_for_load_state()
    page.get_by_label("Choose or drop a file").set_input_files(file)
    page.get_by_role("button", name="Upload", exact=True).click()

    _expect_result(page, "Import completed with 1 invalid row", javascript=javascript)
    expect(page.get_by_role("row", name=re.compile("3 .* price"))).to_contain_text("like 48.00")
    with page.expect_download() as report:
        page.get_by_role("link", name="Export report as CSV").click()
    assert f"2,{slug},updated,," in Path(report.value.path()).read_text("utf-8-sig")
    page.get_by_role("link", name=re.compile("^Jar")).click()
    expect(page.locator("main")).to_contain_text("€52.00")


def _expect_result(page: Page, heading: str, *, javascript: bool) -> None:
    """The report shows the result by itself; without JavaScript it has a link to reload it."""
    done = page.get_by_role("heading", name=heading)
    for _ in range(40):
        if javascript or done.count():
            break
        page.wait_for_timeout(300)
        page.get_by_role("link", name="Reload").click()
    expect(done).to_be_visible(timeout=ORDER_TIMEOUT)


def test_a_too_large_file_is_refused_before_the_upload(
    open_page: OpenPage, stocked_shop: DeployedShop, tmp_path: Path
) -> None:
    page = open_page()
    sign_in(page, stocked_shop)
    file = tmp_path / "products.csv"
    file.write_bytes(b"slug\n" * 4_500_000)

    page.goto("/admin/imports")
    page.get_by_role("button", name="Upload a file").click()
    page.wait_for_load_state()  # including the script that checks the size
    field = page.get_by_label("Choose or drop a file")
    field.set_input_files(file)
    page.get_by_role("button", name="Upload", exact=True).click()

    assert "too large" in field.evaluate("it => it.validationMessage")
    expect(page.get_by_role("heading", name="Upload a CSV file")).to_be_visible()


@BOTH
def test_a_bulk_edit_is_previewed_and_applied(
    open_page: OpenPage, stocked_shop: DeployedShop, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    sign_in(page, stocked_shop)
    slug = add_draft(page)

    page.goto("/admin/products?show=drafts")
    page.locator(f"[name=product-{slug}]").check()
    page.get_by_role("button", name="Edit selected").click()
    page.get_by_label("Start a sale").check()
    page.get_by_role("button", name="Review changes").click()
    expect(page.locator("#percent-error")).to_be_visible()
    page.get_by_label("Discount in %", exact=True).fill("25")
    page.get_by_role("button", name="Review changes").click()
    expect(page.get_by_role("table")).to_contain_text("€36.00")
    page.get_by_role("button", name="Change 1 product").click()

    _expect_result(page, "Bulk edit done", javascript=javascript)
    page.goto(f"/admin/products/{slug}")
    expect(page.locator("main")).to_contain_text("€36.00, compare at €48.00")


def test_the_product_form_previews_the_search_result(
    open_page: OpenPage, stocked_shop: DeployedShop
) -> None:
    page = open_page()
    sign_in(page, stocked_shop)

    page.goto("/admin/products/tarn-vase/edit")
    page.get_by_label("Title").fill("Another vase")

    expect(page.locator("[data-preview]")).to_contain_text("Another vase · Hearth & Clay")
