"""A merchant at the desk: signs in, adds a product with its picture, decides about an order."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from infra.local.seed import SEED_DATA
from tests.browser.conftest import OpenPage
from tests.browser.test_shopping import BOTH, ORDER_TIMEOUT, fill_in_checkout
from tests.fake_clouds import DeployedShop

PICTURE = SEED_DATA / "images"


def sign_in(page: Page, shop: DeployedShop) -> None:
    reset_rate_limits(shop)  # one merchant signs in more often here than a quarter of an hour allows
    page.goto(f"{shop.url}/console")
    page.get_by_role("button", name=re.compile("sign in|merchant", re.I)).first.click()
    expect(page.get_by_role("heading", name="The desk", level=1)).to_be_visible(timeout=ORDER_TIMEOUT)


def reset_rate_limits(shop: DeployedShop) -> None:
    tables, name = shop.cloud.client("dynamodb"), "hearth-and-clay-customers"
    for row in tables.scan(TableName=name)["Items"]:
        if row["owner"]["S"].startswith("rate_limit#"):
            tables.delete_item(TableName=name, Key={key: row[key] for key in ("owner", "part")})


def add_draft(page: Page) -> str:
    """The slug of a new draft."""
    mark = uuid4().hex[:8]
    page.goto("/admin/products/new")
    page.get_by_label("Title").fill(f"Jar {mark}")
    page.get_by_label("Shelf", exact=True).fill("Kitchen")
    page.get_by_label("One sentence about it").fill("It closes.")
    page.get_by_label("Price in euros").fill("48.00")
    page.locator("#sku_1").fill(f"JAR-{mark}")
    page.locator("#pieces_1").fill("7")
    page.get_by_label("In a drawer, as a draft").check()
    page.get_by_role("button", name="Add the product").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Jar {mark}")
    page.wait_for_load_state()  # with its scripts
    return f"jar-{mark}"


def reload_until(page: Page, path: str, until: str) -> None:
    """As somebody without JavaScript does: look again until it is there."""
    for _ in range(40):
        page.goto(path)
        if page.locator(until).count():
            return
        page.wait_for_timeout(300)
    pytest.fail(f"{until} never came to {path}")


def an_image_file() -> Path:
    return next(iter(sorted(PICTURE.glob("*.webp"))))


@BOTH
def test_a_product_is_added_edited_and_put_right(
    open_page: OpenPage, stocked_shop: DeployedShop, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    sign_in(page, stocked_shop)
    slug = add_draft(page)

    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Price in euros").fill("52.00")
    page.get_by_role("button", name="Save the changes").click()
    expect(page.locator("main")).to_contain_text("€52.00")

    page.get_by_role("link", name=re.compile(slug, re.I)).click()
    page.get_by_label("Pieces", exact=True).fill("2")
    page.get_by_role("button", name="Write it down").click()
    expect(page.locator("main")).to_contain_text("5 there, 0 held")
    expect(page.get_by_role("table")).to_contain_text("price €48.00 to €52.00")

    page.goto("/admin/audit-log")
    expect(page.locator("main")).to_contain_text("price €48.00 to €52.00")


def test_pictures_are_sent_cut_to_size_and_put_in_order(
    open_page: OpenPage, stocked_shop: DeployedShop
) -> None:
    page = open_page()
    sign_in(page, stocked_shop)
    add_draft(page)

    page.get_by_label("Choose, drop or paste files").set_input_files([an_image_file()] * 2)
    for place, alt in enumerate(("A jar", "The same jar")):
        page.locator("[data-queue] input").nth(place).fill(alt)
    page.get_by_role("button", name="Send", exact=True).click()

    expect(page.locator(".tile.ready img")).to_have_count(2, timeout=ORDER_TIMEOUT)
    expect(page.locator(".tile").first).to_contain_text("A jar")
    page.get_by_role("button", name="Show “A jar” later").click()
    expect(page.locator(".tile").first).to_contain_text("The same jar")


def test_without_javascript_a_picture_takes_two_steps(
    open_page: OpenPage, stocked_shop: DeployedShop
) -> None:
    page = open_page(javascript=False)
    sign_in(page, stocked_shop)
    slug = add_draft(page)

    page.get_by_label("What it shows").fill("A jar")
    page.get_by_label("Kind of file").select_option("image/webp")
    page.get_by_role("button", name="Choose the file").click()
    page.get_by_label("The file").set_input_files(an_image_file())
    page.get_by_role("button", name="Send the picture").click()
    reload_until(page, f"/admin/products/{slug}", ".tile.ready img")
    page.get_by_role("link", name="Describe or remove").click()
    page.get_by_text("Remove this picture").click()
    page.get_by_role("button", name="Remove the picture").click()
    expect(page.locator("#pictures")).to_contain_text("No picture yet.")


@BOTH
@pytest.mark.parametrize("approved", [True, False], ids=["approved", "refused"])
def test_a_large_order_waits_for_a_word(
    open_page: OpenPage, stocked_shop: DeployedShop, approved: bool, javascript: bool
) -> None:
    shopper, merchant = open_page(), open_page(javascript=javascript)
    sign_in(merchant, stocked_shop)
    shopper.goto("/products/wick-trio")
    shopper.locator("select[name=quantity]").select_option("8")
    shopper.get_by_role("button", name="Add to cart").click()
    shopper.wait_for_load_state("networkidle")
    shopper.goto("/checkout")
    fill_in_checkout(shopper, f"{uuid4().hex}@example.com")
    shopper.get_by_role("button", name=re.compile("^Pay ")).click()
    shopper.wait_for_url(re.compile(r"/orders/[0-9A-Z]{26}$"))
    order_id = shopper.url.rpartition("/")[2]
    reload_until(merchant, f"/admin/orders/{order_id}", "button:text('Approve')")
    if approved:
        merchant.get_by_role("button", name="Approve").click()
    else:
        merchant.get_by_label("Or say why not").fill("Too far away")
        merchant.get_by_role("button", name="Refuse").click()

    expect(shopper.get_by_role("heading", level=1)).to_contain_text(
        re.compile("on its way" if approved else "cancelled", re.I), timeout=ORDER_TIMEOUT
    )
    merchant.get_by_label("Write a note").fill("Rang them up.")
    merchant.get_by_role("button", name="Keep the note").click()
    expect(merchant.locator("#notes")).to_contain_text("Rang them up.")
