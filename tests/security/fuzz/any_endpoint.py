"""Rows 1 to 14: bad inputs of any request."""

import json

from app.web.security.request_limits import MAX_BODY_BYTES
from tests.security.fuzz.bad_requests import FORM, JSON, BadRequest, get
from tests.unit.app.web.api.test_api import order_body
from tests.unit.app.web.pages import FRAGMENT_HEADERS

MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}
UTF_16_PARTS = {"Content-Type": "multipart/form-data; boundary=x; charset=utf-16"}
LATIN_1_FORM = {"Content-Type": 'application/x-www-form-urlencoded; charset="ISO-8859-1"'}
PARTS = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 300 + b"--x--\r\n"
ORDERS = "/api/orders"
UNPAYABLE = json.dumps(order_body(("A", 1)) | {"payment_method": "\ud800"}).encode()
HOST = "evil.example"


def part(name: str, value: bytes) -> bytes:
    """A multipart body with one field; a surrogate in the name stands for an invalid byte."""
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return head.encode("utf-8", "surrogateescape") + value + b"\r\n--x--\r\n"


def sent(row: int, what: str, path: str, body: bytes, *answers: int, **headers: str) -> BadRequest:
    kind = JSON if path.startswith("/api/") else FORM
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return BadRequest(
        row=row, what=what, answers=answers, path=path, body=body, headers={**kind, **named}
    )


def get_with_headers(
    row: int, what: str, path: str, *answers: int, never: str = "", **headers: str
) -> BadRequest:
    """A request without a body whose headers are the bad input."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return BadRequest(
        row=row, what=what, answers=answers, path=path, method="GET", headers=named, never=never
    )


ROWS = (
    sent(1, "raw bytes that are not UTF-8", "/cart", b"sku=\xff\xfe", 400),
    sent(1, "escaped bytes that are not UTF-8", "/cart", b"sku=%FF%FE", 400),
    sent(1, "JSON that is not UTF-8", ORDERS, b'{"email": "\xff"}', 400),
    sent(1, "a part that is not UTF-8", "/cart", part("sku", b"\xff\xfe"), 400, **MULTIPART),
    sent(1, "a part in Latin-1", "/cart", part("sku", "ü".encode("latin-1")), 400, **MULTIPART),
    sent(1, "half a surrogate in a part", "/cart", part("a", b"\xed\xa0\x80"), 400, **MULTIPART),
    sent(1, "half a surrogate, escaped", "/cart", b"sku=%ED%A0%80", 400),
    sent(1, "a name that is not UTF-8", "/cart", part("\udcff", b"1"), 400, **MULTIPART),
    sent(2, "parts of another charset", "/cart", part("a", b"1"), 415, **UTF_16_PARTS),
    sent(2, "a form of another charset", "/cart", b"a=1", 415, **LATIN_1_FORM),
    sent(2, "no content type", "/cart", b"sku=a", 415, Content_Type=""),
    sent(2, "XML for a form", "/cart", b"<a/>", 415, Content_Type="text/xml"),
    sent(2, "JSON for a form", "/cart", b"{}", 415, Content_Type="application/json"),
    sent(2, "a form for JSON", ORDERS, b"a=1", 415, **FORM),
    sent(3, "6 MB and a byte", "/cart", b"a" * (6 * 1024 * 1024 + 1), 413),
    sent(3, "a byte over the limit of JSON", ORDERS, b" " * (MAX_BODY_BYTES + 1), 413),
    sent(3, "10,000 fields", "/cart", b"a=1&" * 10_000, 400),
    sent(3, "300 parts", "/cart", PARTS, 400, **MULTIPART),
    sent(3, "multipart without an end", "/cart", PARTS[:-7], 400, **MULTIPART),
    get(3, "51 unknown parameters", "/?" + "&".join(f"a{n}=1" for n in range(51)), 200),
    sent(4, "nesting 10,000 deep", ORDERS, b"[" * 10_000, 400),
    sent(4, "objects 10,000 deep", ORDERS, b'{"a":' * 10_000, 400),
    sent(4, "a duplicate key", ORDERS, b'{"a":1,"a":2}', 400),
    sent(4, "NaN", ORDERS, b'{"lines": NaN}', 400),
    sent(4, "1e400", ORDERS, b'{"lines": 1e400}', 422),
    sent(4, "40 digits", ORDERS, b'{"lines": [{"sku":"A","quantity":' + b"9" * 40 + b"}]}", 422),
    sent(4, "5,000 digits", ORDERS, b"9" * 5_000, 400),
    sent(4, "half a surrogate", ORDERS, b'{"email": "\\ud800@b.example"}', 422),
    sent(4, "half a surrogate as a payment method", ORDERS, UNPAYABLE, 422),
    sent(4, "half a surrogate as a name", ORDERS, b'{"\\ud800": 1}', 422),
    get(5, "a duplicate parameter", "/products?page=1&page=2", 400),
    get(5, "a duplicate parameter, once escaped", "/products?page=1&%70age=2", 400),
    BadRequest(row=6, what="TRACE", answers=(405,), path="/", method="TRACE"),
    BadRequest(row=6, what="an unknown method", answers=(405,), path="/", method="BREW"),
    get_with_headers(
        6, "a method override header", "/sign-out", 405, X_HTTP_Method_Override="POST"
    ),
    get(7, "dots", "/%2e%2e/", 404),
    get(7, "path traversal", "/products/..%2f..%2fetc%2fpasswd", 404),
    get(7, "another host as a path", "//evil.example/", 404),
    get(7, "another host before a path", "//evil.example/cart", 404),
    get(7, "a null", "/%00", 404),
    get(7, "a null in a slug", "/products/%00", 404),
    get(7, "8,000 characters", "/" + "x" * 8_000, 404),
    get(7, "a slug of 8,000 characters", "/products/" + "x" * 8_000, 404),
    sent(7, "a SKU of 3,000 bytes", f"/cart/lines/{'x' * 3_000}", b"quantity=0", 303),
    get(7, "empty names in a list", "/cart?missing=,,&fewer=,&removed=%20", 200),
    get(7, "a name of a list twice", "/cart?missing=SKU,SKU", 200),
    get(7, "a backslash", "/\\evil.example", 404),
    get_with_headers(8, "another host", "/products/SLUG", 200, never=HOST, Host=HOST),
    get_with_headers(
        8, "another host forwarded", "/products/SLUG", 200, never=HOST, X_Forwarded_Host=HOST
    ),
    get(10, "a line feed in a redirect target", "/sign-in?next=/cart%0d%0aSet-Cookie:%20a=b", 200),
    get(10, "a line feed in a path", "/orders/%0d%0aSet-Cookie:%20a=b", 404),
    sent(10, "a line feed in an email address", "/sign-in", b"email=a%0d%0aBcc:b@c.example", 422),
    get_with_headers(
        12, "a cookie with a forged value", "/cart", 200, Cookie=f"visitor={'x' * 42}!"
    ),
    get_with_headers(12, "a truncated cookie", "/cart", 200, Cookie="visitor=abc"),
    get_with_headers(12, "a cookie of 8 KB", "/cart", 200, Cookie=f"visitor={'x' * 8192}"),
    get_with_headers(
        12, "a cookie twice", "/cart", 200, Cookie=f"visitor={'x' * 43}; visitor={'y' * 43}"
    ),
    get_with_headers(12, "a malformed cookie", "/cart", 200, Cookie="=;;; a; visitor=%00;"),
    sent(
        13,
        "an htmx request from another site",
        "/cart",
        b"a=1",
        403,
        Sec_Fetch_Site="cross-site",
        **FRAGMENT_HEADERS,
    ),
)
