import pytest

from app.card_numbers import CARD_NUMBER_REJECTED
from app.errors import ValidationFailed
from app.form_fields import (
    InvalidValue,
    optional,
    read_fields,
    read_line,
    read_number,
    try_fields,
)
from app.i18n.messages import lazy_gettext

LABELS = {"title": "a title", "weight": "a weight in grams"}


def read_weight(text: str) -> int:
    return read_number(text, minimum=1, maximum=500)


READERS = {"title": read_line, "weight": optional(read_weight)}


def test_values_are_read_by_field() -> None:
    values = read_fields(READERS, {"title": " Jug ", "weight": ""}, LABELS)

    assert values == {"title": "Jug", "weight": None}


def test_validation_error_has_the_message_of_every_invalid_field() -> None:
    with pytest.raises(ValidationFailed) as failed:
        read_fields(READERS, {"title": "", "weight": "heavy"}, LABELS)

    assert failed.value.errors == {
        "title": "Enter a title.",
        "weight": "Enter a weight in grams as a whole number, like 12.",
    }


def test_valid_values_are_returned_beside_the_errors() -> None:
    values, errors = try_fields(READERS, {"title": "Jug", "weight": "501"}, LABELS)

    assert values == {"title": "Jug"}
    assert errors == {"weight": "Enter a weight in grams of at most 500."}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Enter a weight."),
        ("0", "Enter a weight of at least 1."),
        ("501", "Enter a weight of at most 500."),
        ("1.5", "Enter a weight as a whole number, like 12."),
        ("1e2", "Enter a weight as a whole number, like 12."),
        ("0x10", "Enter a weight as a whole number, like 12."),
        ("٣", "Enter a weight as a whole number, like 12."),
        ("9" * 5_000, "Enter a weight as a whole number, like 12."),
    ],
)
def test_invalid_number_has_a_message_that_says_what_to_enter(text: str, message: str) -> None:
    with pytest.raises(InvalidValue) as invalid:
        read_weight(text)

    assert invalid.value.message_for("a weight") == message


def test_message_without_a_label_is_complete() -> None:
    with pytest.raises(InvalidValue, match=r"^Enter a value\.$"):
        read_line("")


def test_message_keeps_pattern_and_label_for_translation() -> None:
    message = InvalidValue("Enter %(field)s.").message_for(lazy_gettext("a value"))

    assert (message.pattern, message.arguments) == ("Enter %(field)s.", {"field": "a value"})  # type: ignore[attr-defined]


def test_card_number_is_rejected_in_every_field() -> None:
    _, errors = try_fields(READERS, {"title": "4111 1111 1111 1111"}, LABELS)

    assert errors == {"title": CARD_NUMBER_REJECTED}
