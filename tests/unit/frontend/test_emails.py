"""Every email renders as text and HTML, in both languages, with all input escaped."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.emails.templates import render_email
from app.i18n.locales import ENGLISH, GERMAN, Language
from app.orders.close_reasons import CloseReason
from app.orders.events import EVENT_CLASSES
from infra.cli.emails import write_preview
from infra.local.sample_emails import email_kinds, sample_email

KINDS = email_kinds()
WITHOUT_AMOUNT = (
    *("sign_in", "order_link", "order_not_found"),
    *("return_requested", "return_approved", "return_refused"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_email_has_subject_text_and_html_with_the_same_link(kind: str) -> None:
    email = sample_email(kind)

    assert email.subject
    assert "\n" not in email.subject
    assert "https://shop.example/" in email.text
    assert "https://shop.example/" in email.html
    assert email.text.rstrip().endswith("no card is ever charged.")


@pytest.mark.parametrize("kind", KINDS)
def test_markup_in_a_name_is_escaped_in_emails(kind: str) -> None:
    assert "<img" not in sample_email(kind, name="<img src=x onerror=alert(1)>").html


@pytest.mark.parametrize("language", [ENGLISH, GERMAN])
def test_name_in_another_direction_stands_apart_in_emails(language: Language) -> None:
    """The text around a right-to-left name keeps its order: https://www.w3.org/TR/html/#bdi"""
    name = "\u05d0\u05d3\u05d4 <12>"

    html = sample_email("order_placed", name=name, language=language).html

    isolated = "<bdi>\u05d0\u05d3\u05d4 &lt;12&gt;</bdi>"
    assert html.count(isolated) == html.count("\u05d0\u05d3\u05d4") == 2


def test_comment_in_another_direction_stands_apart_in_emails() -> None:
    comment = "\u05e9\u05dc\u05d5\u05dd 12"

    html = sample_email("order_cancelled", "Ada", "review_rejected", comment=comment).html

    assert f"<bdi>{comment}</bdi>" in html


def test_line_break_in_a_sku_adds_no_header() -> None:
    event = SimpleNamespace(sku="VASE\r\nBcc: eve@potter.example\x85\u2028", available=1)
    order = SimpleNamespace(number="HC-20310612-4F7Q2-9XKTB")

    subject = render_email("stock_low", event=event, order=order, admin_link="").subject

    assert subject == "Low stock: 1 left of VASE Bcc: eve@potter.example"


def test_every_email_is_named_after_an_event_or_a_link() -> None:
    events = {kind.__struct_config__.tag for kind in EVENT_CLASSES}

    assert set(KINDS) - events == {"sign_in", "order_link", "order_not_found"}


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("customer_request", "as you asked"),
        ("merchant_request", "we had to cancel"),
        ("review_rejected", "accept this order"),
        ("review_timed_out", "in time"),
        ("undeliverable", "deliver to this address"),
    ],
)
def test_cancellation_email_has_the_reason_and_the_refund(reason: str, words: str) -> None:
    email = sample_email("order_cancelled", reason=reason)

    assert words in email.html
    assert "€54.90" in email.text


def test_cancellation_email_of_a_disputed_payment_does_not_say_that_nothing_was_charged() -> None:
    email = sample_email("order_cancelled", reason="payment_disputed")

    for part in (email.html, email.text):
        assert "Your bank will decide whether you get your money back." in part
        assert "Nothing was charged" not in part


def test_decline_email_says_that_nothing_was_charged() -> None:
    assert "Nothing was charged" in sample_email("order_declined").text
    assert "enough funds" in sample_email("order_declined", reason="insufficient_funds").text


@pytest.mark.parametrize("kind", KINDS)
def test_every_coloured_element_of_an_email_has_a_dark_theme_class(kind: str) -> None:
    """Email clients drop style sheets: colours are inline, and dark mode overrides by class."""
    coloured = re.findall(
        r"<(?!a )\w+ [^>]*style=\"[^\"]*(?<!-)color:#[^>]*>", sample_email(kind).html
    )

    assert coloured
    assert [tag for tag in coloured if not re.search(r'class="[^"]*(ink|soft)', tag)] == []


def test_preview_shows_every_email_in_light_and_dark_theme_and_as_text(tmp_path: Path) -> None:
    preview = write_preview(tmp_path / "emails.html").read_text()

    for kind in KINDS:
        assert f'title="{kind}, light theme"' in preview
        assert f'title="{kind}, dark theme"' in preview
    assert preview.count("<pre>") == len(KINDS)
    assert preview.count("@media all") == preview.count("@media not all") == len(KINDS)


ENGLISH_ONLY = ("order_review_requested", "stock_low")  # to merchants


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ENGLISH_ONLY])
def test_customer_email_is_translated(kind: str) -> None:
    email = sample_email(kind, language=GERMAN)

    assert '<html lang="de">' in email.html
    assert email.text.rstrip().endswith("nie eine Karte belastet.")
    assert not re.search(r"\b(the|your|and|order)\b", f"{email.subject} {email.text}", re.I)
    assert kind in WITHOUT_AMOUNT or "54,90\xa0€" in email.text


@pytest.mark.parametrize("language", [ENGLISH, GERMAN])
def test_cancellation_email_shows_the_merchants_comment_unchanged(language: Language) -> None:
    comment = "Dr. Kiln lives <there>."

    email = sample_email("order_cancelled", "Ada", "review_rejected", language, comment)

    assert comment in email.text
    assert "Dr. Kiln lives &lt;there&gt;." in email.html


@pytest.mark.parametrize("reason", CloseReason)
@pytest.mark.parametrize("kind", ["order_cancelled", "order_declined"])
def test_email_has_words_for_every_close_reason(kind: str, reason: CloseReason) -> None:
    text = sample_email(kind, reason=reason, language=GERMAN).text

    assert reason not in text
    assert not re.search(r"\b(the|your|and|order|we)\b", text, re.I)
