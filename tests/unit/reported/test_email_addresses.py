"""An address that the shop accepts is one that SES can send to, and each has one spelling.

SES takes only ASCII before the @, and a domain in Punycode: bitwarden/server#1512,
egulias/EmailValidator#414. What is copied from a mailto link is percent-encoded, and may stand in
brackets: ckeditor/ckeditor4#3253, Qowaiv/Qowaiv#76.
"""

import re
from contextlib import suppress

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given
from hypothesis import strategies as st
from ulid import ULID

from app.customers.email_addresses import display_email_address, read_email_address
from app.customers.magic_links import LINKS_PER_EMAIL
from app.orders.models import Order
from app.settings import settings
from infra.build.bundles import ROOT
from infra.local.aws_refusals import find_refusal
from infra.local.cloud import LocalCloud
from infra.local.console.emails import Mailbox
from infra.local.packaging import read_template
from tests.builders import a_product, an_order, sku_of
from tests.fake_clouds import MERCHANT, override_settings
from tests.unit.app.web.pages import ADDRESS, page_text, put_in_cart, sign_in_as

PUNYCODE = "guest@xn--mller-kva.de"
SPELLINGS = {
    "Punycode": PUNYCODE,
    "Punycode in capitals": "Guest@XN--MLLER-KVA.DE",
    "Unicode": "guest@müller.de",
    "Unicode in capitals": "GUEST@MÜLLER.DE",
    "decomposed": "guest@mu\u0308ller.de",
    "full width": "ｇｕｅｓｔ＠ｍüｌｌｅｒ．ｄｅ",
    "ideographic full stop": "guest@müller\u3002de",
    "trailing dot of the root": "guest@müller.de.",
    "trailing comma": "guest@müller.de,",
    "blanks around": " \u3000guest@müller.de\u00a0\n",
    "invisible marks around": "\u202aguest@müller.de\u202c\u200e",
    "mailto link": "mailto:guest@müller.de",
    "mailto link with a subject": "MAILTO:guest@müller.de?subject=Hello%20there",
    "mailto link with two slashes": "mailto://guest@müller.de",
    "mailto link in percent-encoding": "mailto:%67uest%40m%C3%BCller.de",
    "mailto link with a blank": "mailto: guest@müller.de",
    "mailto link with a name": "mailto:Guest%20%3Cguest@müller.de%3E",
    "angle brackets": "<guest@müller.de>",
    "mailto link in angle brackets": "<mailto:guest@müller.de>",
    "copied from Outlook": "guest@müller.de <mailto:guest@müller.de>",
    "line breaks allowed inside": "guest\u200b@m\u00adüller\u2060.de\ufeff",
    "ideographic full stop at the end": "guest@müller。de。",
    "half-width ideographic full stop at the end": "guest@müller.de｡",
    "name and angle brackets": "Guest of Müller <guest@müller.de>",
    "address and angle brackets": "guest@müller.de <guest@müller.de>;",
}
ACCEPTED = {
    "o'brien+x@example.co.uk": "o'brien+x@example.co.uk",
    "a@straße.de": "a@xn--strae-oqa.de",  # IDNA 2008 keeps the sharp s
    "a@пример.рф": "a@xn--e1afmkfd.xn--p1ai",
    "a@例え.jp": "a@xn--r8jz45g.jp",
    "mailto:o%27brien%2Bx@example.com": "o'brien+x@example.com",
    "mailto:50%25@example.com": "50%@example.com",
    "50%25@example.com": "50%25@example.com",  # no link: the characters are its own
    f"{'a' * 64}@example.com": f"{'a' * 64}@example.com",
    f"a@{'b' * 63}.de": f"a@{'b' * 63}.de",
    f"a@{'.'.join(['b' * 49] * 5)}.de": f"a@{'.'.join(['b' * 49] * 5)}.de",  # 254 characters
}
LIKE = "Enter an email address like name@example.com."
REFUSED = {
    "gäst@example.com": 'without "ä" before the @',
    "GÄST@example.com": 'without "Ä" before the @',
    "пример@пример.рф": 'without "п" before the @',
    "ﬁona@example.com": 'without "ﬁ" before the @',
    '"x y"@z.de': "without quotation marks",
    '"x"@z.de': "without quotation marks",
    "guest one@example.com": "without spaces",
    "guest@example.com, ada@example.com": "only one email address",
    "ada@example.com;guest@example.com": "only one email address",
    "ada@example.com <guest@example.com> x": "only one email address",
    f"{'a' * 65}@example.com": "at most 64 characters before the @",
    f"a@{'b' * 64}.de": LIKE,
    f"a@{'ü' * 60}.de": LIKE,  # 63 at most in Punycode, too
    f"a@{'.'.join(['b' * 49] * 5)}.com": "at most 254 characters",
    f"a@{'.'.join(['ü' * 20] * 10)}.com": LIKE,  # 254 characters at most in Punycode, too
    "a" * 3_000: "at most 254 characters",
    "guest@example..com": LIKE,
    "guest@example.com..": LIKE,
    ".guest@example.com": LIKE,
    "guest.@example.com": LIKE,
    "a@b": LIKE,
    "a@localhost": LIKE,
    "a@[192.0.2.1]": LIKE,
    "a@xn--a.de": LIKE,  # no Punycode at all
    "a@ex\u200dample.com": LIKE,
    "a\u200d@example.com": "without the hidden character U+200D",
    "a\u200eb@example.com": "without the hidden character U+200E",
    "mailto:g%C3%A4st@example.com": 'without "ä" before the @',
    "mailto:guest%00@example.com": "hidden character U+0000",
    "mailto:guest@example.com%0D%0ABcc:ada@example.com": "on one line",
    "mailto:ada@example.com,guest@example.com": "only one email address",
    "mailto:%FF@example.com": "before the @",
    "mailto:mailto:guest@example.com": LIKE,
    "mailto://": LIKE,
    "//guest": LIKE,
    "a@☃.de": LIKE,
    "@example.com": LIKE,
    "guest": LIKE,
    "<guest": LIKE,
    "mailto:": LIKE,
    "guest@example.com\nBcc: ada@example.com": "on one line",
    "Guest\r\nBcc: x <guest@example.com>": "on one line",
    "guest\x00@example.com": "hidden character U+0000",
}
SHOWN_IN_UNICODE = [
    "guest@müller.de",
    "a@straße.de",
    "a@пример.рф",
    "a@例え.jp",
    "a@서울.kr",
    PUNYCODE,
]
SHOWN_IN_PUNYCODE = {
    "mixed scripts": "a@pаypal.com",  # the first "а" is Cyrillic
    "another script that looks like Latin": "a@аррӏе.com",
    "Greek that looks like Latin": "a@οο.com",
    "an unusual Latin character": "a@ɡoogle.com",
    "dotless i": "a@facebook-lıve.com",
    "right to left": "a@אבג.com",
}


def refusal(text: str) -> str:
    """What the reader refuses an address with, or ""."""
    try:
        read_email_address(text)
    except ValueError as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_email_address_has_one_spelling(spelling: str) -> None:
    assert read_email_address(SPELLINGS[spelling]) == PUNYCODE


@pytest.mark.parametrize("text", ACCEPTED)
def test_unusual_email_address_is_accepted(text: str) -> None:
    assert read_email_address(text) == ACCEPTED[text]


@pytest.mark.parametrize("text", REFUSED)
def test_email_address_that_ses_refuses_is_refused_in_plain_words(text: str) -> None:
    assert REFUSED[text] in refusal(text)


@given(
    st.lists(
        st.characters(codec="utf-8")
        | st.sampled_from(
            [*"@@..<>\"'+-,;: ", "ä", "ß", "xn--", "mailto:", "＠", "．", "\u202a", "а"]
        ),
        max_size=20,
    ).map("".join)
    | st.builds(
        "{}@{}.{}".format, st.text("abc.+ä", max_size=5), *[st.text("abüßа東-", max_size=9)] * 2
    )
)
@example("a@ß.de.,")
@example("<<a@b.de>>")
@example("mailto:mailto:a@b.de")
def test_accepted_email_address_is_in_its_normal_form(text: str) -> None:
    with suppress(ValueError):
        address = read_email_address(text)

        assert address.isascii()
        email = {"Destination": {"ToAddresses": [address]}}
        assert find_refusal("sesv2", "SendEmail", email) is None
        assert address == address.lower()
        assert len(address) <= 254
        assert read_email_address(address) == address
        assert read_email_address(display_email_address(address)) == address


@pytest.mark.parametrize("text", SHOWN_IN_UNICODE)
def test_domain_is_shown_in_unicode(text: str) -> None:
    shown = display_email_address(read_email_address(text))

    assert shown == text.replace("xn--mller-kva", "müller")


@pytest.mark.parametrize("kind", SHOWN_IN_PUNYCODE)
def test_domain_that_looks_like_another_is_shown_in_punycode(kind: str) -> None:
    address = read_email_address(SHOWN_IN_PUNYCODE[kind])

    assert "@xn--" in address
    assert display_email_address(address) == address


@pytest.mark.parametrize("text", ["", "a visitor", "shop worker", "a@xn--a.de", "a@b@c", "a@xn--"])
def test_text_that_is_no_email_address_is_shown_as_it_is(text: str) -> None:
    assert display_email_address(text) == text


# --- pages, the API and the settings --------------------------------------------------------


def unicode_and_punycode() -> tuple[str, str]:
    """Two spellings of an address that no other test uses."""
    name = f"guest-{ULID()}".lower()
    return f"{name}@müller.de", f"{name}@xn--mller-kva.de"


def test_sign_in_link_goes_to_the_punycode_domain(browser: TestClient, tables: LocalCloud) -> None:
    typed, stored = unicode_and_punycode()

    response = browser.post("/sign-in", data={"email": typed})

    assert response.status_code == 200
    assert f"sent a sign-in link to {typed}." in page_text(response)
    name = typed.partition("@")[0]
    assert [email.to for email in Mailbox(tables).list_emails(to=name)] == [(stored,)]


@pytest.mark.parametrize("path", ["/sign-in", "/checkout"])
def test_form_refuses_a_local_part_that_ses_cannot_take(browser: TestClient, path: str) -> None:
    put_in_cart(browser, a_product())

    response = browser.post(path, data={**ADDRESS, "email": "gäst@example.com"})

    assert response.status_code == 422
    assert 'Enter an email address without "ä" before the @' in page_text(response)


@pytest.mark.parametrize(
    ("email", "status"), [("gäst@example.com", 422), ("Guest <guest@müller.de>", 201)]
)
def test_api_reads_email_addresses_like_the_pages(
    browser: TestClient, email: str, status: int
) -> None:
    address = {
        "name": "Ada",
        "street": "Kiln Row 12",
        "postal_code": "56203",
        "city": "Höhr-Grenzhausen",
        "country": "DE",
    }
    body = {
        "lines": [{"sku": sku_of(a_product()), "quantity": 1}],
        "email": email,
        "address": address,
        "payment_method": "pm_succeeds",
    }

    response = browser.post("/api/orders", json=body, headers={"Idempotency-Key": f"{ULID()}"})

    assert response.status_code == status, response.text
    assert [PUNYCODE] * (status == 201) == [
        order.email for order in Order.scan(Order.email == PUNYCODE)
    ]


def test_both_spellings_of_a_domain_are_one_customer(browser: TestClient) -> None:
    typed, stored = unicode_and_punycode()
    order = an_order(a_product(), email=stored)

    sign_in_as(browser, read_email_address(typed))

    page = page_text(browser.get("/orders"))
    assert order.number in page
    assert f"Signed in as {typed}." in page


def test_both_spellings_of_a_domain_share_a_rate_limit(browser: TestClient) -> None:
    spellings = unicode_and_punycode()

    statuses = [
        browser.post("/sign-in", data={"email": spellings[attempt % 2]}).status_code
        for attempt in range(LINKS_PER_EMAIL.max_hits + 1)
    ]

    assert statuses == [200] * LINKS_PER_EMAIL.max_hits + [429]


def test_admin_finds_an_order_by_each_spelling_of_its_address(browser: TestClient) -> None:
    typed, stored = unicode_and_punycode()
    order = an_order(a_product(), email=stored)
    sign_in_as(browser, MERCHANT)

    for search in (typed, stored, f"Guest <{typed.upper()}>"):
        response = browser.get("/admin", params={"find": search}, follow_redirects=False)
        assert response.headers["location"] == f"/admin/orders/{order.order_id}"
    assert typed in page_text(browser.get(f"/admin/orders/{order.order_id}"))


def test_admin_search_for_half_an_address_finds_nothing(browser: TestClient) -> None:
    sign_in_as(browser, MERCHANT)

    assert browser.get("/admin", params={"find": "gäst@"}).status_code == 200


PARAMETERS = read_template(ROOT / "infra/template.yaml")["Parameters"]
ADDRESS_PARAMETERS = ("AlarmEmail", "MailFrom", "OwnerEmails", "StaffEmails")
VARIABLES = {"OwnerEmails": "owner_emails", "StaffEmails": "staff_emails"}


@pytest.mark.parametrize("name", ADDRESS_PARAMETERS)
@pytest.mark.parametrize("address", ["owner@hearth.example", "O'Brien+1@xn--mller-kva.co.de"])
def test_deployment_accepts_an_address_that_ses_can_send_to(name: str, address: str) -> None:
    assert re.fullmatch(PARAMETERS[name]["AllowedPattern"], address)
    assert read_email_address(address) == address.lower()


@pytest.mark.parametrize("name", ADDRESS_PARAMETERS)
@pytest.mark.parametrize(
    "address",
    [
        "owner@müller.de",
        "größe@example.com",
        "Owner <owner@example.com>",
        "mailto:owner@example.com",
        "owner@localhost",
        "owner@example.com;ada@example.com",
        "owner@example.com\n",
        "owner @example.com",
        f"{'a' * 65}@example.com",
    ],
)
def test_deployment_refuses_an_address_that_ses_cannot_send_to(name: str, address: str) -> None:
    assert not re.fullmatch(PARAMETERS[name]["AllowedPattern"], address)
    assert "xn--mller-kva.de" in PARAMETERS[name]["ConstraintDescription"]


@pytest.mark.parametrize("name", ["OwnerEmails", "StaffEmails"])
def test_only_the_lists_of_merchants_take_several_addresses(name: str) -> None:
    several = "ada@example.com, Bo@xn--mller-kva.de,cy@example.com"

    assert re.fullmatch(PARAMETERS[name]["AllowedPattern"], several)
    assert bool(re.fullmatch(PARAMETERS[name]["AllowedPattern"], "")) == (name == "StaffEmails")
    assert not re.fullmatch(PARAMETERS["MailFrom"]["AllowedPattern"], several)
    assert re.fullmatch(PARAMETERS["AlarmEmail"]["AllowedPattern"], "")
    with override_settings(**{"owner_emails": "", "staff_emails": "", VARIABLES[name]: several}):
        assert settings().merchants == {
            read_email_address(it) for it in ("ada@example.com", "bo@müller.de", "cy@example.com")
        }
