from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.i18n.locales import ENGLISH, GERMAN, Language, language_of
from app.i18n.messages import said, said_of
from app.money import Price


def test_a_message_is_english_until_somebody_says_it_otherwise() -> None:
    message = said("Only %(left)s left. Please change the quantity.", left=3)

    assert message == "Only 3 left. Please change the quantity."
    assert GERMAN.say(message) == "Nur noch 3 da. Bitte ändere die Anzahl."


def test_facts_are_said_in_the_language_too() -> None:
    message = said("It is free while we pack; %(amount)s goes back to you.", amount=Price(4_800))

    assert "€48.00" in message
    assert "48,00\xa0€" in GERMAN.say(message)
    assert GERMAN.say(said("%(one)s!", one=said("Postcode"))) == "Postleitzahl!"


def test_the_count_chooses_the_form() -> None:
    patterns = "Your piece is set aside for you.", "Your %(count)s pieces are set aside for you."
    one, many = said_of(1, *patterns), said_of(3, *patterns)

    assert (one, many[:13]) == ("Your piece is set aside for you.", "Your 3 pieces")
    assert GERMAN.say(one) == "Dein Stück liegt für dich bereit."
    assert GERMAN.say(many) == "Deine 3 Stücke liegen für dich bereit."


@given(st.text())
def test_whatever_nobody_translated_stays_as_it_is(text: str) -> None:
    assert [it.say(said("%(text)s", text=text)) for it in (ENGLISH, GERMAN)] == [text, text]


def test_what_was_stored_as_plain_text_is_said_in_the_language_of_the_reader() -> None:
    assert GERMAN.say("Paid") == "Bezahlt"
    assert GERMAN.say("") == ""  # gettext would give the file's own header


@pytest.mark.parametrize(
    ("language", "written"),
    [
        (ENGLISH, ("-€1,234.50", "1.45", "24 November 2026")),
        (GERMAN, ("-1.234,50\xa0€", "1,45", "24. November 2026")),
    ],
)
def test_money_numbers_and_days_are_written_as_there(
    language: Language, written: tuple[str, ...]
) -> None:
    day = datetime(2026, 11, 24, tzinfo=UTC)

    assert (language.money(-123_450), language.number(1.45), language.day(day)) == written


def test_countries_stand_where_their_readers_look_for_them() -> None:
    names = list(GERMAN.countries(["ZA", "AT", "DE", "NO"]).values())

    assert names == ["Deutschland", "Norwegen", "Österreich", "Südafrika"]


@pytest.mark.parametrize("code", ["", None, "xx", "DE", "../de"])
def test_what_we_do_not_speak_is_english(code: str | None) -> None:
    assert language_of(code) is ENGLISH
