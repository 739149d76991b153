"""Every letter can be written, in text and in HTML, and nothing that people typed gets loose."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from app.mail.letters import FOLDER, Letter, write_letter
from app.orders.events import EVENT_CLASSES
from app.orders.models import Address, OrderLine

LETTERS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


def a_letter(kind: str, name: str = "Ada Potter", reason: str = "card_declined") -> Letter:
    order = SimpleNamespace(
        number="HC-0612-4F7Q2",
        address=Address(name, "12 Kiln Row", "Höhr-Grenzhausen", "56203", "", "DE"),
        placed_at=datetime(2031, 6, 12, tzinfo=UTC),
        needs_review=True,
        lines=(OrderLine("TEA-POT", "Tea pot", "Blue", 2, 2_450),),
        shipping=590,
        total=5_490,
    )
    event = SimpleNamespace(
        reason=reason, refunded=5_490, tracking_code="HC1", total=5_490, sku="TEA-POT", available=2
    )
    page = "https://shop.example/orders/1?key=a.b"
    desk = "https://shop.example/desk"
    return write_letter(kind, order=order, event=event, link=page, desk_link=desk, minutes=15)


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_has_a_subject_a_text_and_a_page_with_the_same_link(kind: str) -> None:
    letter = a_letter(kind)

    assert letter.subject
    assert "\n" not in letter.subject
    assert "https://shop.example/" in letter.text
    assert "https://shop.example/" in letter.html
    assert letter.text.rstrip().endswith("no card is ever charged.")


@pytest.mark.parametrize("kind", LETTERS)
def test_a_name_with_markup_stays_a_name(kind: str) -> None:
    assert "<img" not in a_letter(kind, name="<img src=x onerror=alert(1)>").html


def test_every_letter_is_called_for_by_an_event_of_its_name_or_by_the_sign_in() -> None:
    events = {kind.__struct_config__.tag for kind in EVENT_CLASSES}

    assert set(LETTERS) - events == {"sign_in"}


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("cancelled by the customer", "as you wished"),
        ("cancelled by the shop", "we had to cancel"),
        ("refused: too far away", "Too far away."),
        ("nobody lives there", "the carrier could not take"),
    ],
)
def test_a_cancelled_order_says_why_and_what_was_given_back(reason: str, said: str) -> None:
    letter = a_letter("order_cancelled", reason=reason)

    assert said in letter.html
    assert "€54.90" in letter.text


def test_a_declined_order_says_that_no_money_was_taken() -> None:
    assert "No money was taken" in a_letter("order_declined").text
    assert "not enough money" in a_letter("order_declined", reason="insufficient_funds").text
