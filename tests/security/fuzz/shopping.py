"""Rows 15 to 49: what may be wrong with looking, choosing and paying."""

from itertools import chain

from tests.security.fuzz.bad_requests import JSON, Bad, check_out, fill_in, get

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
    "one less than none": "-1",
    "one and a half": "1.5",
    "an exponent": "1e3",
    "hexadecimal": "0x10",
    "a full-width digit": "１",
    "an Arabic digit": "٣",
    "2^31": str(2**31),
    "10^20": str(10**20),
    "nothing": "",
    "above the limit of an order": "11",
}
EMAILS = {
    "no domain to speak of": ("a@b", 422),
    "255 characters": ("a" * 64 + "@" + "b" * 186 + ".com", 422),
    "quotes and a blank": ('"x y"@z.example', 422),
    "a header smuggled in": ("ada@potter.example\nBcc: eve@potter.example", 422),
    "umlauts": ("ü@übung.example", 409),
    "a blank behind it": ("ada@potter.example ", 409),
}
NAMES = {
    "one character": ("A", 409),
    "200 characters": ("A" * 200, 422),
    "an apostrophe": ("O'Brien", 409),
    "null": ("null", 409),
    "one in Chinese": ("王", 409),
    "right to left": ("\u202eعمر", 409),
    "markup": ("<b>Bo</b>", 409),
    "a template": ("{{7*7}}", 409),
    "a card number": ("Ada 4242 4242 4242 4242", 422),
    "two lines": ("Ada\nPotter", 422),
}
FORGED = {
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "no origin to speak of": {"Origin": "null"},
    "another origin": {"Origin": "https://evil.example"},
}


def placed_by_program(row: int, what: str, key: str | None, *answers: int) -> Bad:
    headers = {name: it for name, it in JSON.items() if name != "Idempotency-Key"}
    headers |= {} if key is None else {"Idempotency-Key": key}
    return Bad(
        row=row, what=what, answers=answers, path="/api/orders", headers=headers, body=b'{"a":1}'
    )


ROWS = tuple(
    chain(
        (
            get(15, "page nought", "/products?page=0", 422),
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
            get(20, "a sort with more to it", "/products?sort=price;drop", 422),
            get(20, "a sort that is none", "/products?sort=colour", 422),
            get(21, "a piece that never was", "/products/never-was", 404),
            get(21, "a piece that never was, for programs", "/api/products/never-was", 404),
            get(23, "a price below nought", "/products?price_min=-5", 422),
            get(23, "prices upside down", "/products?price_min=9&price_max=5", 422),
            get(23, "a price that is none", "/products?price_min=cheap", 422),
            get(23, "a price as Germans write it", "/products?price_min=1,50", 200),
            fill_in(24, "none of it", "/cart/lines/SKU", {"quantity": "0"}, 303, by="other_guest"),
        ),
        (
            fill_in(25, f"{what} {where}", path, {"sku": "SKU", "quantity": text}, 422)
            for what, text in QUANTITIES.items()
            for where, path in (("added", "/cart"), ("set", "/cart/lines/SKU"))
        ),
        (
            placed_by_program(34, "no key", None, 400),
            placed_by_program(34, "a key of 19", "k" * 19, 400),
            placed_by_program(34, "a key of 65", "k" * 65, 400),
            placed_by_program(34, "a key with a blank", "k" * 19 + " k", 400),
            fill_in(38, "an empty cart", "/checkout", {"form": ""}, 422, by="nobody"),
        ),
        (check_out(43, what, answer, email=it) for what, (it, answer) in EMAILS.items()),
        (check_out(44, what, answer, name=it) for what, (it, answer) in NAMES.items()),
        (
            check_out(45, "no street", 422, street=""),
            check_out(45, "a postcode of elsewhere", 422, postal_code="SW1A 1AA"),
            check_out(45, "5,000 characters", 422, street="x" * 5_000),
            check_out(45, "a country that is none", 422, country="XX"),
            check_out(46, "a way to pay that is none", 422, payment_method="cash"),
            check_out(47, "a card number as the street", 422, street="5555555555554444"),
            check_out(48, "a form that nobody signed", 409),
        ),
        (
            Bad(row=49, what=what, answers=(403,), path="/checkout", form={}, headers=headers)
            for what, headers in FORGED.items()
        ),
    )
)
