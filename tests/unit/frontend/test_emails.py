"""Every letter can be written, in text and in HTML, and nothing that people typed gets loose."""

import re
from pathlib import Path

import pytest

from app.i18n.locales import ENGLISH, GERMAN, Language
from app.orders.close_reasons import CloseReason
from app.orders.events import EVENT_CLASSES
from infra.cli.emails import write_preview
from infra.local.sample_emails import email_kinds, sample_email

LETTERS = email_kinds()


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_has_a_subject_a_text_and_a_page_with_the_same_link(kind: str) -> None:
    letter = sample_email(kind)

    assert letter.subject
    assert "\n" not in letter.subject
    assert "https://shop.example/" in letter.text
    assert "https://shop.example/" in letter.html
    assert letter.text.rstrip().endswith("no card is ever charged.")


@pytest.mark.parametrize("kind", LETTERS)
def test_a_name_with_markup_stays_a_name(kind: str) -> None:
    assert "<img" not in sample_email(kind, name="<img src=x onerror=alert(1)>").html


def test_every_letter_is_called_for_by_an_event_of_its_name_or_by_the_sign_in() -> None:
    events = {kind.__struct_config__.tag for kind in EVENT_CLASSES}

    assert set(LETTERS) - events == {"sign_in"}


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("customer_request", "as you asked"),
        ("merchant_request", "we had to cancel"),
        ("review_rejected", "accept this order"),
        ("review_timed_out", "in time"),
        ("undeliverable", "deliver to this address"),
    ],
)
def test_a_cancelled_order_says_why_and_what_was_given_back(reason: str, said: str) -> None:
    letter = sample_email("order_cancelled", reason=reason)

    assert said in letter.html
    assert "€54.90" in letter.text


def test_a_declined_order_says_that_no_money_was_taken() -> None:
    assert "Nothing was charged" in sample_email("order_declined").text
    assert "enough funds" in sample_email("order_declined", reason="insufficient_funds").text


@pytest.mark.parametrize("kind", LETTERS)
def test_whatever_has_a_colour_of_its_own_has_one_for_the_dark(kind: str) -> None:
    """Mail programs keep no style sheet of ours: the colours stand inline, the dark has classes."""
    coloured = re.findall(
        r"<(?!a )\w+ [^>]*style=\"[^\"]*(?<!-)color:#[^>]*>", sample_email(kind).html
    )

    assert coloured
    assert [tag for tag in coloured if not re.search(r'class="[^"]*(ink|soft)', tag)] == []


def test_the_preview_shows_every_letter_by_day_in_the_dark_and_as_text(tmp_path: Path) -> None:
    preview = write_preview(tmp_path / "emails.html").read_text()

    for kind in LETTERS:
        assert f'title="{kind} by day"' in preview
        assert f'title="{kind} in the dark"' in preview
    assert preview.count("<pre>") == len(LETTERS)
    assert preview.count("@media all") == preview.count("@media not all") == len(LETTERS)


ENGLISH_ONLY = ("order_review_requested", "stock_low")  # to merchants


@pytest.mark.parametrize("kind", [kind for kind in LETTERS if kind not in ENGLISH_ONLY])
def test_a_letter_to_a_customer_is_german_where_its_reader_is(kind: str) -> None:
    letter = sample_email(kind, language=GERMAN)

    assert '<html lang="de">' in letter.html
    assert letter.text.rstrip().endswith("nie wird eine Karte belastet.")
    assert not re.search(r"\b(the|your|and|order)\b", f"{letter.subject} {letter.text}", re.I)
    assert kind == "sign_in" or "54,90\xa0€" in letter.text


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
