"""Every page of the admin and of the local console, with data on it, and how to open it."""

from playwright.sync_api import Page

from infra.local.cloud import LocalCloud
from tests.browser.checks.scenes import Scene
from tests.browser.checks.shared_session import (
    REVIEWED_SKUS,
    OpenScene,
    has_status,
    order_until,
    page_at,
    signed_in,
    with_order,
)


def admin_page(path: str) -> OpenScene:
    def open_scene(page: Page, shop: LocalCloud) -> None:
        page.goto("about:blank")  # an order's page would ask for news as another visitor
        signed_in(page, shop)
        page.goto(path)

    return open_scene


def board(page: Page, shop: LocalCloud) -> None:
    """The board with an order that needs review."""
    order_until(has_status("reviewing"), "pm_succeeds", *REVIEWED_SKUS)(page, shop)
    admin_page("/admin")(page, shop)


def order(page: Page, shop: LocalCloud) -> None:
    admin_page(f"/admin/orders/{with_order(page, shop)}")(page, shop)


def order_to_review(page: Page, shop: LocalCloud) -> None:
    order_until(has_status("reviewing"), "pm_succeeds", *REVIEWED_SKUS)(page, shop)
    admin_page(f"/admin{page.url.removeprefix(shop.shop_url)}")(page, shop)


def image(page: Page, shop: LocalCloud) -> None:
    admin_page("/admin/products/tarn-vase")(page, shop)
    page.get_by_role("link", name="Edit or remove").first.click()


def refused_product(page: Page, shop: LocalCloud) -> None:
    admin_page("/admin/products/new")(page, shop)
    page.get_by_role("button", name="Add product").click()
    page.get_by_role("alert").first.wait_for()


def console_email(page: Page, shop: LocalCloud) -> None:
    signed_in(page, shop)  # which sends an email
    page.goto("/console")
    page.locator(".emails a").first.click()


ADMIN_SCENES = (
    Scene("admin: board", board),
    Scene("admin: search", admin_page("/admin?find=check@example.com")),
    Scene("admin: order list", admin_page("/admin/orders")),
    Scene("admin: order", order),
    Scene("admin: order to review", order_to_review),
    Scene("admin: products", admin_page("/admin/products")),
    Scene("admin: product", admin_page("/admin/products/tarn-vase")),
    Scene("admin: edit product", admin_page("/admin/products/tarn-vase/edit")),
    Scene("admin: new product", admin_page("/admin/products/new")),
    Scene("admin: new product refused", refused_product),
    Scene("admin: image", image),
    Scene("admin: stock", admin_page("/admin/stock/TARN-TEAL")),
    Scene("admin: sales", admin_page("/admin/sales")),
    Scene("admin: audit log", admin_page("/admin/audit-log")),
    Scene("console", page_at("/console")),
    Scene("console, faults", page_at("/console/faults")),
    Scene("console, email", console_email),
)
