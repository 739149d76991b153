"""``str.isprintable`` is no text policy: it rejects emoji, openvsx#1150."""

import json
import sys
import unicodedata
from contextlib import suppress
from secrets import token_urlsafe
from time import process_time
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given
from hypothesis import strategies as st

from app.catalog.product_fields import PRODUCT_READERS
from app.errors import ValidationFailed
from app.form_fields import Reader, read_identifier, read_line, read_optional_line, read_text
from app.orders.models import Address, Order
from app.text_policy import EDGES, MAX_TEXT_LENGTH
from app.web.admin.orders import NoteForm
from app.web.http.forms import read_form
from tests.builders import a_product, an_order, sku_of
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import sign_in_as

NOTE_ID = "01JDCWZ8X0000000000000000A"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
ALLOWED = {
    "no-break space": "12\u00a0cm",
    "narrow no-break space": "12\u202fcm",
    "emoji sequence with ZWJ": f"for the {FAMILY}",
    "emoji with a selector": "\u2764\ufe0f",
    "flag of tag characters": f"from {SCOTLAND}",
    "Persian with ZWNJ": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "Hebrew with marks of direction": "\u200f\u05e9\u05dc\u05d5\u05dd\u200e 12",
    "combining mark without a composed letter": "x\u0303",
    "soft hyphen": "Stein\u00adzeug",
    "line drawing": "\u2500 \u2502",
    "letter of a plane above the first": "\U00020bb7\u91ce\u5bb6",
    "private use": "\uf8ff phone",
}
REFUSED = {
    "bidi override": ("Ada\u202egnp.exe", "U+202E"),
    "bidi embedding": ("Ada\u202bPotter", "U+202B"),
    "bidi isolate": ("Ada\u2067Potter", "U+2067"),
    "NUL": ("Ada\x00", "U+0000"),
    "escape sequence of a terminal": ("Ada\x1b[31m", "U+001B"),
    "C1 control": ("Ada\x9b31m", "U+009B"),
    "delete": ("Ada\x7f", "U+007F"),
    "lone surrogate": ("Ada\ud800", "U+D800"),
    "noncharacter": ("Ada\ufdd0", "U+FDD0"),
    "noncharacter at the end of a plane": ("Ada\U0010ffff", "U+10FFFF"),
    "hidden tag characters": ("Ada\U000e0041\U000e0042", "U+E0041"),
    "deprecated format control": ("Ada\u206a", "U+206A"),
}
INVISIBLE = {
    "zero width space": "\u200b",
    "byte order mark": "\ufeff",
    "joiners": "\u200d\u200c",
    "Hangul filler": "\u3164",
    "Braille blank": "\u2800 \u2800",
    "selector": "\ufe0f",
    "mark of direction": " \u200f ",
}
READERS: dict[str, Reader] = {
    "line": read_line,
    "optional line": read_optional_line,
    "text": lambda text: read_text(text, max_length=1000),
    "identifier": read_identifier,
    "details": lambda text: "\n".join(PRODUCT_READERS["details"](text)),
    "title": PRODUCT_READERS["title"],
    "note": lambda text: read_form(NoteForm, {"note": text, "note_id": NOTE_ID}).note,
}
any_text = st.lists(
    st.characters(codec=None)
    | st.sampled_from(
        [*EDGES, *"\r\n\t", "\u202e", "\u0301", "\u0315", FAMILY, SCOTLAND, "\u1100"]
    ),
    max_size=60,
).map("".join)


def message_of(reader: Reader, text: str) -> str:
    """What the reader refuses the text with, or ""."""
    try:
        reader(text)
    except (ValueError, ValidationFailed) as refused:
        return str(getattr(refused, "errors", refused))
    return ""


@pytest.mark.parametrize("kind", ALLOWED)
@pytest.mark.parametrize("reader", READERS)
def test_text_that_displays_safely_is_kept(reader: str, kind: str) -> None:
    assert READERS[reader](ALLOWED[kind]) == ALLOWED[kind]


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("reader", READERS)
def test_hidden_character_is_refused_by_its_name(reader: str, kind: str) -> None:
    text, character = REFUSED[kind]

    message = message_of(READERS[reader], text)
    assert f"without the hidden character {character}." in message


@pytest.mark.parametrize("kind", INVISIBLE)
@pytest.mark.parametrize("reader", READERS)
def test_text_that_displays_nothing_is_refused(reader: str, kind: str) -> None:
    assert "letters or digits that can be seen" in message_of(READERS[reader], INVISIBLE[kind])


def test_optional_line_may_be_blank() -> None:
    assert read_optional_line(" \u00a0 ") == ""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ho\u0308hr", "H\u00f6hr"),
        ("\u212b", "\u00c5"),
        ("\ufeffAda\u200b ", "Ada"),
        ("\u1112\u1161\u11ab", "\ud55c"),
    ],
)
def test_text_is_kept_in_nfc_without_blanks_around(typed: str, kept: str) -> None:
    assert read_line(typed) == kept


def test_several_lines_are_kept_with_one_kind_of_line_break() -> None:
    typed = "one \r\ntwo\rthree\u2028four\n\nfive\t5"

    assert read_text(typed, max_length=100) == "one\ntwo\nthree\nfour\n\nfive\t5"
    assert "on one line" in message_of(read_line, typed)


def test_length_is_that_of_the_normal_form() -> None:
    assert read_line("o\u0308" * 100) == "\u00f6" * 100


def test_too_many_combining_marks_are_refused() -> None:
    assert "fewer accents" in message_of(read_line, "Z" + "\u0301" * 31)


@pytest.mark.parametrize("reader", READERS)
@given(text=any_text)
@example(text="\ufeff \u0301")
@example(text="a\r\u2028\n b")
@example(text="\u200b\tA\u030a\n\u3164\nB")
def test_accepted_text_is_in_its_normal_form(reader: str, text: str) -> None:
    with suppress(ValueError, ValidationFailed):
        kept = READERS[reader](text)
        assert READERS[reader](kept) == kept
        assert unicodedata.is_normalized("NFC", kept)
        assert kept.encode().decode() == kept


@pytest.mark.parametrize("unit", ["\u0315\u0300", " ", "\u200b", "\r", "\U0001f3f4\U000e0067"])
def test_time_for_hostile_text_is_bounded_by_its_length(unit: str) -> None:
    """The limit of the length applies before a text is read, and NFC is not quadratic."""
    times = []
    for length in (MAX_TEXT_LENGTH // 16, MAX_TEXT_LENGTH, MAX_TEXT_LENGTH * 100):
        started = process_time()
        message_of(READERS["text"], (unit * length)[:length])
        times.append(process_time() - started)

    assert times[1] < 64 * max(times[0], 0.001)
    assert times[2] < 64 * max(times[0], 0.001)


# --- pages and the API ----------------------------------------------------------------------


def place(browser: TestClient, **changes: object) -> tuple[int, str]:
    product = a_product()
    address = {"name": "Ada", "street": "Kiln Row 12", "postal_code": "56203", "city": "Ransbach"}
    body = {
        "lines": [{"sku": sku_of(product), "quantity": 1}],
        "email": "ada@potter.example",
        "address": {**address, "country": "DE"},
        "payment_method": "pm_succeeds",
    } | changes
    headers = {"Idempotency-Key": token_urlsafe(24), "Content-Type": "application/json"}
    response = browser.post("/api/orders", content=json.dumps(body), headers=headers)
    return response.status_code, response.text


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_method": "\ud800"},
        {"email": "\ud800@potter.example"},
        {"lines": [{"sku": "\ud800", "quantity": 1}]},
        {"address": {"name": "\ud800", "street": "1", "country": "DE"}},
        {"address": {"name": "Ada", "street": "1", "country": "\ud800\ud800"}},
        {"\ud800": "an unknown field"},
        {"payment_method": "pm_\u202e"},
    ],
)
def test_surrogate_in_an_api_order_is_422(browser: TestClient, changes: dict[str, object]) -> None:
    status, text = place(browser, **changes)

    assert status == 422, text


def test_name_of_an_api_order_is_kept_in_nfc(browser: TestClient) -> None:
    address = {"name": "Jo\u0308rg \U0001f3fa", "street": "Kiln Row 12", "postal_code": "56203"}
    address |= {"city": "Ransbach", "country": "DE"}
    assert place(browser, address=address)[0] == 201

    names = {order.address.name for order in Order.scan(Order.part == "order")}
    assert "J\u00f6rg \U0001f3fa" in names
    assert address["name"] not in names


def test_field_longer_than_any_limit_is_refused_before_it_is_read(browser: TestClient) -> None:
    response = browser.post("/sign-in", data={"email": "4" * (MAX_TEXT_LENGTH + 1)})

    assert response.status_code == 422
    assert "at most 10000 characters in each field" in response.text


def test_name_in_another_direction_stands_apart_on_pages(browser: TestClient) -> None:
    """The text around a right-to-left name keeps its order: https://www.w3.org/TR/html/#bdi"""
    name = "\u05d0\u05d3\u05d4 12"
    address = Address(name, "Kiln Row 12", "Ransbach", "56203", "", "DE")
    of_customer: dict[str, Any] = {"address": address, "email": "two.orders@potter.example"}
    order, _ = (an_order(a_product(), **of_customer) for _ in range(2))

    sign_in_as(browser, MERCHANT)
    for path in (f"/admin/orders/{order.order_id}", f"/admin?find={order.email}"):
        assert f"<bdi>{name}</bdi>" in browser.get(path).text


def test_edges_hold_every_blank_of_unicode() -> None:
    blanks = {character for code in range(sys.maxunicode + 1) if (character := chr(code)).isspace()}

    assert blanks | {"\u200b", "\u2060", "\ufeff"} == set(EDGES)
