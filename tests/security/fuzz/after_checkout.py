"""Rows 51 to 80: orders of others, the desk, signing in and files."""

from itertools import chain

from tests.security.fuzz.bad_requests import Bad, fill_in, get

UNKNOWN = "0" * 26
DESK = ("/admin", "/admin/products", "/admin/sales", "/admin/audit-log", "/admin/products.csv")
PRICES = {
    "less than nothing": "-1",
    "nothing": "0",
    "a tenth of a cent": "0.001",
    "thousands": "1,234.56",
    "an exponent": "1e5",
    "10^12": "1" + "0" * 12,
    "no number": "NaN",
    "a full-width digit": "４８",
}
FILES = {
    "an SVG": "image/svg+xml",
    "a page": "text/html",
    "a GIF": "image/gif",
    "none": "",
    "a type with more to it": "image/png; x=image/svg+xml",
}
NEW = {
    "slug": "FRESH",
    "title": "A jug",
    "category": "Tableware",
    "blurb": "It pours.",
    "sku_1": "FRESH",
    "name_1": "Default",
    "pieces_1": "1",
}


def at_the_desk(row: int, what: str, path: str, form: dict[str, str], *answers: int) -> Bad:
    return fill_in(row, what, path, form, *answers, by="merchant")


ROWS = tuple(
    chain(
        (
            get(51, "an order that never was", f"/orders/{UNKNOWN}", 404),
            get(51, "no order's id", "/orders/1", 404),
            get(51, "an id with a line feed", f"/orders/{UNKNOWN}%0a", 404),
            get(52, "a key that nobody signed", f"/orders/{UNKNOWN}?key=x", 404),
            get(53, "cancelling by looking", f"/orders/{UNKNOWN}/cancel", 405),
        ),
        (get(56, f"a shopper at {path}", path, 404, by="shopper") for path in DESK),
        (get(56, f"nobody at {path}", path, 303, by="nobody") for path in DESK),
        (
            at_the_desk(60, what, "/admin/products", {**NEW, "price": price}, 422)
            for what, price in PRICES.items()
        ),
        (
            fill_in(63, "an address that is none", "/sign-in", {"email": "nobody"}, 422),
            get(68, "the history without a session", "/orders", 303, by="nobody"),
            fill_in(68, "a link that is used up", f"/sign-in/{'x' * 43}", {}, 404, by="nobody"),
        ),
        (
            at_the_desk(71, what, "/admin/products/SLUG/images", {"kind": kind, "alt": "A"}, 422)
            for what, kind in FILES.items()
        ),
    )
)
