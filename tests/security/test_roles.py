"""The two roles of merchants: owners do everything, the staff works without money and prices."""

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from starlette.routing import Match

from app.web.security.authorization import Access, required_access
from tests.builders import a_discount, an_approved_return, an_order, an_order_in_status
from tests.fake_clouds import STAFF, override_settings
from tests.security.conftest import Callers
from tests.security.test_authorization import CALLS, NAMES, ROLES
from tests.unit.app.web.pages import FRAGMENT_HEADERS

ACCESS = {name: required_access(route) for (_, route), name in zip(CALLS, NAMES, strict=True)}
# What decides on money or prices, or exports more than orders, however its routes are called.
OF_OWNERS = (
    *("/admin/discounts", "/admin/imports", "/admin/reviews", "/admin/sales", "/admin/audit-log"),
    *("/admin/products/bulk", "/admin/products/new", "/admin/products/{slug}/edit"),
    *("/admin/products/{slug}/variants", "/admin/orders/{order_id}/cancel"),
    *("/admin/orders/{order_id}/decision", "/admin/orders/{order_id}/return-receipt"),
)
OFFERED = frozenset({Access.PUBLIC, Access.CUSTOMER, Access.MERCHANT})
STATUSES = ("placed", "reviewing", "paid", "shipped", "cancelled")


def test_every_route_of_the_admin_names_its_role() -> None:
    without = {name for name in NAMES if " /admin" in name and ACCESS[name] not in ROLES}
    elsewhere = {name for name in NAMES if " /admin" not in name and ACCESS[name] in ROLES}

    assert (without, elsewhere) == (set(), set())


def test_routes_that_concern_money_are_for_owners_only() -> None:
    concerned = {name for name in NAMES if name.split(" ")[1].startswith(OF_OWNERS)}

    assert {name for name in concerned if ACCESS[name] != Access.SHOP_OWNER} == set()
    assert all(any(path in name for name in concerned) for path in OF_OWNERS)


class _Offers(HTMLParser):
    """The routes that a page offers: its links, its forms, and what htmx requests."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        method = values.get("method", "get").upper()
        form_method = values.get("formmethod", "post").upper()
        for attribute, verb in (("href", "GET"), ("action", method), ("formaction", form_method)):
            self._add(verb, values.get(attribute, ""))
        for verb in ("GET", "POST"):
            self._add(verb, values.get(f"hx-{verb.lower()}", ""))

    def _add(self, method: str, url: str) -> None:
        path = urlsplit(url).path
        if not path.startswith("/") or path.startswith(("/static/", "/media/")):
            return
        scope = {"type": "http", "method": method, "path": path}
        self.names.add(
            next(
                name
                for (_, route), name in zip(CALLS, NAMES, strict=True)
                if route.matches(scope)[0] == Match.FULL
            )
        )


@pytest.fixture(scope="module")
def pages(callers: Callers) -> list[str]:
    """Pages of every kind that the staff may open, with orders in every state."""
    orders = [an_order_in_status(status) for status in STATUSES]
    returned = an_order_in_status("shipped")
    an_approved_return(returned)
    slug, sku = callers.product.slug, callers.product.variants[0].sku
    product = f"/admin/products/{slug}"
    return [
        *("/admin", "/admin?find=unknown", "/admin/orders", "/admin/products"),
        *(f"/admin/orders/{order.order_id}" for order in (*orders, returned)),
        *(product, f"{product}/translations/de", f"/admin/stock/{sku}?form={'0' * 26}"),
        *(
            "/admin/product-order",
            "/admin/packing",
            f"/admin/packing-slips?order-{orders[2].order_id}=on",
        ),
    ]


def offered(callers: Callers, role: str, path: str) -> Iterator[str]:
    for headers in ({}, FRAGMENT_HEADERS):
        page = callers.browser_of(role).get(path, headers=headers)
        assert page.status_code == 200, path
        reader = _Offers()
        reader.feed(page.text)
        yield from reader.names


def test_pages_offer_the_staff_nothing_that_is_for_owners(
    callers: Callers, pages: list[str]
) -> None:
    wrong = {
        (path, name)
        for path in pages
        for name in offered(callers, "staff", path)
        if ACCESS[name] not in OFFERED
    }

    assert wrong == set()


def test_the_same_pages_offer_owners_what_only_they_may_do(
    callers: Callers, pages: list[str]
) -> None:
    names = {name for path in pages for name in offered(callers, "shop_owner", path)}

    assert {
        "POST /admin/orders/{order_id}/decision",
        "POST /admin/orders/{order_id}/cancel",
        "POST /admin/orders/{order_id}/return-receipt",
        "GET /admin/products/{slug}/edit",
        "GET /admin/products/{slug}/variants",
        "GET /admin/products/new",
        "GET /admin/imports",
        "GET /admin/discounts",
        "GET /admin/sales",
        "GET /admin/audit-log",
        "POST /admin/products/bulk-edit",
    } <= names


def test_discount_code_of_an_order_is_a_link_for_owners_only(callers: Callers) -> None:
    discount = a_discount()
    code, order = discount.code, an_order(discount=discount)
    path = f"/admin/orders/{order.order_id}"

    pages = {role: callers.browser_of(role).get(path).text for role in ("staff", "shop_owner")}

    assert all(code in page for page in pages.values())
    assert f'href="/admin/discounts/{code}"' in pages["shop_owner"]
    assert f'href="/admin/discounts/{code}"' not in pages["staff"]


def test_staff_member_who_is_removed_or_becomes_an_owner_changes_at_once(callers: Callers) -> None:
    assert callers.staff.get("/admin/sales").status_code == 404
    with override_settings(owner_emails=STAFF):
        assert callers.staff.get("/admin/sales").status_code == 200
    with override_settings(staff_emails=""):
        assert callers.staff.get("/admin").status_code == 404


def test_page_that_is_not_for_the_staff_stays_in_the_admin(callers: Callers) -> None:
    page = callers.staff.get("/admin/sales")

    assert page.status_code == 404
    assert 'aria-label="Admin"' in page.text
