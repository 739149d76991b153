"""Rows 15 to 49: bad inputs of product pages, cart and checkout."""

from itertools import chain

from tests.security.fuzz.bad_requests import JSON, BadRequest, checkout, get, post

SCRIPT = "<script>alert(1)</script>"
TEXTS = {
    "10,000 characters": "x" * 10_000,
    "blanks only": "%20%20%20",
    "a per cent sign": "%25",
    "an asterisk": "*",
    "a regular expression": "(.*%2B)%2B%24",
    "emoji": "%F0%9F%AB%96",
    "full-text syntax": "%22tea%22%20NEAR/2%20AND%20-pot%20OR%20title:*",
    "a quote and a comment": "%27%3B--",
}
QUANTITIES = {
    "minus one": "-1",
    "one and a half": "1.5",
    "an exponent": "1e3",
    "hexadecimal": "0x10",
    "a full-width digit": "１",
    "an Arabic digit": "٣",
    "2^31": str(2**31),
    "10^20": str(10**20),
    "empty": "",
    "above the limit of an order": "11",
}
EMAILS = {
    "no top-level domain": ("a@b", 422),
    "255 characters": ("a" * 64 + "@" + "b" * 186 + ".com", 422),
    "quotes and a blank": ('"x y"@z.example', 422),
    "header injection": ("ada@potter.example\nBcc: eve@potter.example", 422),
    "an umlaut before the @": ("ü@übung.example", 422),
    "an umlaut in the domain": ("ada@übung.example", 409),
    "a trailing blank": ("ada@potter.example ", 409),
}
NAMES = {
    "one character": ("A", 409),
    "200 characters": ("A" * 200, 422),
    "an apostrophe": ("O'Brien", 409),
    "null": ("null", 409),
    "one in Chinese": ("王", 409),
    "right to left": ("عمر", 409),
    "right-to-left override": ("\u202eعمر", 422),
    "markup": ("<b>Bo</b>", 409),
    "a template": ("{{7*7}}", 409),
    "a card number": ("Ada 4242 4242 4242 4242", 422),
    "two lines": ("Ada\nPotter", 422),
}
FORGED = {
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "Origin null": {"Origin": "null"},
    "another origin": {"Origin": "https://evil.example"},
}


def post_api_order(row: int, what: str, key: str | None, *answers: int) -> BadRequest:
    headers = {name: it for name, it in JSON.items() if name != "Idempotency-Key"}
    headers |= {} if key is None else {"Idempotency-Key": key}
    return BadRequest(
        row=row, what=what, answers=answers, path="/api/orders", headers=headers, body=b'{"a":1}'
    )


ROWS = tuple(
    chain(
        (
            get(15, "page zero", "/products?page=0", 422),
            get(15, "page minus one", "/products?page=-1", 422),
            get(15, "page one billion", "/products?page=1000000000", 200),
            get(15, "page 1e9", "/products?page=1e9", 422),
            get(15, "page abc", "/products?page=abc", 422),
            get(15, "page in an Arabic digit", "/products?page=%D9%A3", 422),
            get(16, "a million on a page", "/products?page_size=1000000", 200),
        ),
        (get(18, what, f"/search?q={q}", 200) for what, q in TEXTS.items()),
        (
            get(19, "a script", f"/search?q={SCRIPT}", 200, never=SCRIPT),
            get(19, "a script as an attribute", '/search?q="%20onfocus=alert(1)%20x="', 200),
            get(20, "a sort with an SQL fragment", "/products?sort=price;drop", 422),
            get(20, "an unknown sort", "/products?sort=colour", 422),
            get(21, "an unknown product", "/products/never-was", 404),
            get(21, "an unknown product in the API", "/api/products/never-was", 404),
            get(23, "a negative price", "/products?price_min=-5", 422),
            get(23, "a minimum above the maximum", "/products?price_min=9&price_max=5", 422),
            get(23, "a price in words", "/products?price_min=cheap", 422),
            get(23, "a price with a decimal comma", "/products?price_min=1,50", 200),
            post(24, "quantity zero", "/cart/lines/SKU", {"quantity": "0"}, 303, by="other_guest"),
        ),
        (
            post(25, f"{what} {where}", path, {"sku": "SKU", "quantity": text}, 422)
            for what, text in QUANTITIES.items()
            for where, path in (("added", "/cart"), ("set", "/cart/lines/SKU"))
        ),
        (
            post_api_order(34, "no key", None, 400),
            post_api_order(34, "a key of 19", "k" * 19, 400),
            post_api_order(34, "a key of 256", "k" * 256, 400),
            post_api_order(34, "a key without its last quote", '"' + "k" * 30, 400),
            post_api_order(34, "a key with a blank", "k" * 19 + " k", 400),
            post(38, "an empty cart", "/checkout", {"form": ""}, 422, by="anonymous"),
        ),
        (checkout(43, what, answer, email=it) for what, (it, answer) in EMAILS.items()),
        (checkout(44, what, answer, name=it) for what, (it, answer) in NAMES.items()),
        (
            checkout(45, "no street", 422, street=""),
            checkout(45, "a postcode of another country", 422, postal_code="SW1A 1AA"),
            checkout(45, "5,000 characters", 422, street="x" * 5_000),
            checkout(45, "an unknown country", 422, country="XX"),
            checkout(46, "an unknown payment method", 422, payment_method="cash"),
            checkout(47, "a card number as the street", 422, street="5555555555554444"),
            checkout(48, "an unsigned form", 409),
        ),
        (
            BadRequest(
                row=49, what=what, answers=(403,), path="/checkout", form={}, headers=headers
            )
            for what, headers in FORGED.items()
        ),
    )
)
