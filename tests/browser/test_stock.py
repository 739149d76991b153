"""A merchant with many pieces: sends a file of them, and changes several at once."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.test_admin import add_a_jar, sign_in
from tests.browser.test_shopping import BOTH, SOON
from tests.fake_clouds import RunningShop


@BOTH
def test_a_file_of_products_is_sent_and_its_report_is_read(
    open_page: OpenPage, stocked_shop: RunningShop, javascript: bool, tmp_path: Path
) -> None:
    page = open_page(javascript=javascript, width=1280 if javascript else 390)
    sign_in(page, stocked_shop)
    slug = add_a_jar(page)
    file = tmp_path / "products.csv"
    file.write_text(f"slug;price;colour\n{slug};52.00;\nnobody;1,5;red\n", encoding="utf-8-sig")

    page.goto("/desk/products")
    page.get_by_role("link", name="Import").click()
    page.get_by_role("button", name="Send a file").click()
    page.wait_for_load_state()
    page.get_by_label("Choose or drop a file").set_input_files(file)
    page.get_by_role("button", name="Send the file").click()

    done = page.get_by_role("heading", name="Done, but for 1 row")
    for _ in range(40):
        if javascript or done.count():  # without JavaScript somebody presses "Refresh"
            break
        page.wait_for_timeout(300)
        page.get_by_role("link", name="Refresh").click()
    expect(done).to_be_visible(timeout=SOON)
    expect(page.get_by_role("row", name=re.compile("3 .* price"))).to_contain_text("like 48.00")
    with page.expect_download() as report:
        page.get_by_role("link", name="This report as CSV").click()
    assert f"2,{slug},changed,," in Path(report.value.path()).read_text("utf-8-sig")
    page.get_by_role("link", name=re.compile("^Jar")).click()
    expect(page.locator("main")).to_contain_text("€52.00")


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(
    open_page: OpenPage, stocked_shop: RunningShop, tmp_path: Path
) -> None:
    page = open_page()
    sign_in(page, stocked_shop)
    file = tmp_path / "products.csv"
    file.write_bytes(b"slug\n" * 500_000)

    page.goto("/desk/imports")
    page.get_by_role("button", name="Send a file").click()
    page.wait_for_load_state()  # with its scripts, which know how large a file may be
    field = page.get_by_label("Choose or drop a file")
    field.set_input_files(file)
    page.get_by_role("button", name="Send the file").click()

    assert "too large" in field.evaluate("it => it.validationMessage")
    expect(page.get_by_role("heading", name="Now choose the file")).to_be_visible()


@BOTH
def test_several_pieces_are_marked_down_after_a_look(
    open_page: OpenPage, stocked_shop: RunningShop, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    sign_in(page, stocked_shop)
    slug = add_a_jar(page)

    page.goto("/desk/products?show=drafts")
    page.locator(f"[name=piece-{slug}]").check()
    page.get_by_role("button", name="Change those ticked").click()
    page.get_by_label("Take something off").check()
    page.get_by_role("button", name="See what would change").click()
    expect(page.locator("#percent-error")).to_be_visible()
    page.get_by_label("Per cent").fill("25")
    page.get_by_role("button", name="See what would change").click()
    expect(page.get_by_role("table")).to_contain_text("€36.00")
    page.get_by_role("button", name="Change 1 piece").click()

    expect(page.locator("#notice")).to_contain_text("All of them are changed.")
    page.goto(f"/desk/products/{slug}")
    expect(page.locator("main")).to_contain_text("€36.00, before €48.00")


def test_a_preview_shows_what_search_engines_would(
    open_page: OpenPage, stocked_shop: RunningShop
) -> None:
    page = open_page()
    sign_in(page, stocked_shop)

    page.goto("/desk/products/tarn-vase/edit")
    page.get_by_label("Title").fill("Another vase")

    expect(page.locator("[data-preview]")).to_contain_text("Another vase · Hearth & Clay")
