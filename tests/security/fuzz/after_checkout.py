"""Rows 51 to 80: bad inputs of orders, the admin, sign-in and uploads."""

from itertools import chain

from tests.security.fuzz.bad_requests import BadRequest, get, post

UNKNOWN = "0" * 26
ADMIN_PATHS = (
    "/admin",
    "/admin/products",
    "/admin/sales",
    "/admin/audit-log",
    "/admin/products.csv",
)
PRICES = {
    "a negative price": "-1",
    "zero": "0",
    "a tenth of a cent": "0.001",
    "thousands or decimals": "1,234",
    "an exponent": "1e5",
    "10^12": "1" + "0" * 12,
    "not a number": "NaN",
    "a superscript digit": "5²",
    "another currency": "$48.00",
}
MOMENTS = {
    "the first moment, behind UTC": "0001-01-01T00:00:00%2B14:00",
    "the last moment, ahead of UTC": "9999-12-31T23:59:59-14:00",
    "the year 0": "0000-01-01T00:00:00Z",
    "infinity": "inf",
    "an offset of a day": "2031-06-12T12:00:00%2B24:00",
    "no offset": "2031-06-12T12:00:00",
}
FILES = {
    "an SVG": "image/svg+xml",
    "HTML": "text/html",
    "a GIF": "image/gif",
    "no type": "",
    "a type with parameters": "image/png; x=image/svg+xml",
}
NEW = {
    "slug": "FRESH",
    "title": "A jug",
    "category": "Tableware",
    "blurb": "It pours.",
    "sku_1": "FRESH",
    "name_1": "Default",
    "quantity_1": "1",
}


def post_as_merchant(
    row: int, what: str, path: str, form: dict[str, str], *answers: int
) -> BadRequest:
    return post(row, what, path, form, *answers, by="shop_owner")


ROWS = tuple(
    chain(
        (
            get(51, "an unknown order", f"/orders/{UNKNOWN}", 404),
            get(51, "a malformed order id", "/orders/1", 404),
            get(51, "an id with a line feed", f"/orders/{UNKNOWN}%0a", 404),
            get(52, "an unsigned key", f"/orders/{UNKNOWN}?key=x", 404),
            get(53, "cancelling with GET", f"/orders/{UNKNOWN}/cancel", 405),
        ),
        (get(56, f"a customer at {path}", path, 404, by="customer") for path in ADMIN_PATHS),
        (
            get(56, f"an anonymous caller at {path}", path, 303, by="anonymous")
            for path in ADMIN_PATHS
        ),
        (
            post_as_merchant(60, what, "/admin/products", {**NEW, "price": price}, 422)
            for what, price in PRICES.items()
        ),
        (
            post(63, "a malformed email address", "/sign-in", {"email": "anonymous"}, 422),
            get(68, "the order list without a session", "/orders", 303, by="anonymous"),
            post(68, "a redeemed link", f"/sign-in/{'x' * 43}", {}, 404, by="anonymous"),
        ),
        (
            get(91, what, f"/admin/stock/SKU?before={moment}", 422, by="shop_owner")
            for what, moment in MOMENTS.items()
        ),
        (
            post_as_merchant(
                71, what, "/admin/products/SLUG/images", {"content_type": kind, "alt": "A"}, 422
            )
            for what, kind in FILES.items()
        ),
    )
)
