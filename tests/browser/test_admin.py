"""A merchant signs in, creates a product with images, and decides on an order under review."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from infra.local.seed import SEED_DATA
from tests.browser.actions import (
    BOTH,
    ORDER_TIMEOUT,
    click_add_to_cart,
    fill_in_checkout,
    reload_until,
)
from tests.browser.conftest import OpenPage
from tests.fake_clouds import DeployedShop
from tests.sample_images import a_heic, an_image

IMAGES = SEED_DATA / "images"


def sign_in(page: Page, shop: DeployedShop) -> None:
    reset_rate_limits(shop)  # these tests sign one merchant in more often than the limit allows
    page.goto(f"{shop.url}/console")
    page.get_by_role("button", name=re.compile("sign in|merchant", re.I)).first.click()
    expect(page.get_by_role("heading", name="Orders", level=1)).to_be_visible(timeout=ORDER_TIMEOUT)


def reset_rate_limits(shop: DeployedShop) -> None:
    tables, name = shop.cloud.client("dynamodb"), "hearth-and-clay-customers"
    for row in tables.scan(TableName=name)["Items"]:
        if row["owner"]["S"].startswith("rate_limit#"):
            tables.delete_item(TableName=name, Key={key: row[key] for key in ("owner", "part")})


def add_draft(page: Page) -> str:
    """Create a draft and return its slug."""
    mark = uuid4().hex[:8]
    page.goto("/admin/products/new")
    page.get_by_label("Title").fill(f"Jar {mark}")
    page.get_by_label("Category", exact=True).fill("Kitchen")
    page.get_by_label("Short description").fill("It closes.")
    page.get_by_label("Price in euros").fill("48.00")
    page.locator("#sku_1").fill(f"JAR-{mark}")
    page.locator("#quantity_1").fill("7")
    page.get_by_label("Draft, only visible to merchants").check()
    page.get_by_role("button", name="Add product").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Jar {mark}")
    page.wait_for_load_state()  # including its scripts
    return f"jar-{mark}"


def an_image_file() -> Path:
    return next(iter(sorted(IMAGES.glob("*.webp"))))


@BOTH
def test_a_product_is_created_edited_and_its_stock_adjusted(
    open_page: OpenPage, stocked_shop: DeployedShop, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    sign_in(page, stocked_shop)
    slug = add_draft(page)

    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Price in euros").fill("52.00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("€52.00")

    page.get_by_role("link", name=slug.upper(), exact=True).click()
    page.get_by_label("Quantity", exact=True).fill("2")
    page.get_by_role("button", name="Adjust").click()
    expect(page.locator("main")).to_contain_text("5 available, 0 reserved")
    expect(page.get_by_role("table")).to_contain_text("price €48.00 to €52.00")

    page.goto("/admin/audit-log")
    expect(page.locator("main")).to_contain_text("price €48.00 to €52.00")


def test_images_are_uploaded_resized_and_reordered(
    open_page: OpenPage, stocked_shop: DeployedShop
) -> None:
    page = open_page()
    sign_in(page, stocked_shop)
    add_draft(page)

    field = page.get_by_label("Choose, drop or paste files")
    field.set_input_files(an_image_file())
    field.set_input_files(
        {  # the browser of a computer does not know the type of a phone's photo
            "name": "IMG_0001.HEIC",
            "mimeType": "",
            "buffer": a_heic(an_image(800, 600)),
        }
    )
    for place, alt in enumerate(("A jar", "The same jar")):
        page.locator("[data-queue] input").nth(place).fill(alt)
    page.get_by_role("button", name="Upload", exact=True).click()

    expect(page.locator(".image-card.ready img")).to_have_count(2, timeout=ORDER_TIMEOUT)
    expect(page.locator(".image-card").first).to_contain_text("A jar")
    page.get_by_role("button", name="Move “A jar” later").click()
    expect(page.locator(".image-card").first).to_contain_text("The same jar")


def test_without_javascript_an_image_upload_takes_two_steps(
    open_page: OpenPage, stocked_shop: DeployedShop
) -> None:
    page = open_page(javascript=False)
    sign_in(page, stocked_shop)
    slug = add_draft(page)

    page.get_by_label("Description").fill("A jar")
    page.get_by_label("File type").select_option("image/webp")
    page.get_by_role("button", name="Choose file").click()
    page.get_by_label("Image file").set_input_files(an_image_file())
    page.get_by_role("button", name="Upload image").click()
    reload_until(page, f"/admin/products/{slug}", ".image-card.ready img")
    page.get_by_role("link", name="Edit or remove").click()
    page.get_by_text("Remove this image").click()
    page.get_by_role("button", name="Remove image").click()
    expect(page.locator("#images")).to_contain_text("No images yet.")


@BOTH
@pytest.mark.parametrize("approved", [True, False], ids=["approved", "rejected"])
def test_a_large_order_is_reviewed_by_a_merchant(
    open_page: OpenPage, stocked_shop: DeployedShop, approved: bool, javascript: bool
) -> None:
    shopper, merchant = open_page(), open_page(javascript=javascript)
    sign_in(merchant, stocked_shop)
    shopper.goto("/products/wick-trio")
    shopper.locator("select[name=quantity]").select_option("8")
    click_add_to_cart(shopper)
    shopper.goto("/checkout")
    fill_in_checkout(shopper, f"{uuid4().hex}@example.com")
    shopper.get_by_role("button", name=re.compile("^Pay ")).click()
    shopper.wait_for_url(re.compile(r"/orders/[0-9A-Z]{26}$"))
    order_id = shopper.url.rpartition("/")[2]
    reload_until(merchant, f"/admin/orders/{order_id}", "button:text('Approve')")
    if approved:
        merchant.get_by_role("button", name="Approve").click()
    else:
        merchant.get_by_label("Reason for rejecting").fill("Too far away")
        merchant.get_by_role("button", name="Reject").click()

    place = "#status-line" if approved else "h1"
    expect(shopper.locator(place)).to_contain_text(
        re.compile("on its way" if approved else "cancelled", re.I), timeout=ORDER_TIMEOUT
    )
    merchant.get_by_label("Add a note").fill("Rang them up.")
    merchant.get_by_role("button", name="Save note").click()
    expect(merchant.locator("#notes")).to_contain_text("Rang them up.")


def test_a_delivery_sent_again_after_back_is_received_once(
    open_page: OpenPage, stocked_shop: DeployedShop
) -> None:
    """The server renders a new id into the page, until the script puts the old one back."""
    page = open_page()
    sign_in(page, stocked_shop)
    slug = add_draft(page)
    page.goto(f"/admin/products/{slug}")
    page.get_by_label("Received quantity").first.fill("5")
    before = page.locator("[name=delivery_id]").first.input_value()
    page.get_by_role("button", name="Receive").first.click()
    expect(page).to_have_url(re.compile("#stock$"))
    after = page.locator("[name=delivery_id]").first.input_value()

    page.go_back()
    page.wait_for_load_state()
    returned = page.locator("[name=delivery_id]").first.input_value()
    page.get_by_label("Received quantity").first.fill("5")
    page.get_by_role("button", name="Receive").first.click()
    expect(page).to_have_url(re.compile("#stock$"))

    assert returned == before != after
    expect(page.locator("td[data-name=received]").first).to_have_text("12")  # 7 at first
