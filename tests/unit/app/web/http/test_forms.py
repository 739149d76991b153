from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import pytest
from fastapi.testclient import TestClient
from pydantic import AfterValidator

from app.card_numbers import CARD_NUMBER_REJECTED, has_card_number
from app.errors import ValidationFailed
from app.form_fields import Submitted, read_fields, read_line
from app.web.http.forms import (
    Email,
    Form,
    WholeNumber,
    read_form,
    without_card_numbers,
)
from tests.unit.app.web.pages import page_text

VALID = {"email": "ada@potter.example", "name": "Ada"}


class ContactForm(Form):
    email: Email
    name: Annotated[str, AfterValidator(read_line)]
    copies: WholeNumber = 1
    topic: Literal["order", "return"] = "order"

    labels: ClassVar[Mapping[str, str]] = {
        "email": "your email address",
        "name": "your full name",
        "copies": "a number of copies",
        "topic": "a topic",
    }


def errors_of(submitted: Submitted, **options: Mapping[str, str]) -> dict[str, str]:
    with pytest.raises(ValidationFailed) as failed:
        read_form(ContactForm, submitted, other_errors=options.get("other_errors"))
    return failed.value.errors


def test_surrounding_spaces_are_removed() -> None:
    form = read_form(ContactForm, {"email": " Ada@Potter.example ", "name": " Ada "})

    assert (form.email, form.name) == ("ada@potter.example", "Ada")


def test_one_validation_error_carries_the_messages_of_all_fields() -> None:
    errors = errors_of({"email": "x", "name": "", "copies": "1e3", "topic": "gossip"})

    assert errors == {
        "email": "Enter an email address like name@example.com.",
        "name": "Enter your full name.",
        "copies": "Enter a number of copies as a whole number, like 12.",
        "topic": "Select a topic.",
    }


def test_errors_of_other_rules_are_reported_together_with_those_of_the_form() -> None:
    other_errors = {"city": "Enter a city."}

    assert errors_of(VALID, other_errors=other_errors) == other_errors
    assert set(errors_of({**VALID, "name": ""}, other_errors=other_errors)) == {"city", "name"}


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "x" * 101])
def test_forms_and_field_readers_reject_the_same_lines_with_the_same_message(text: str) -> None:
    with pytest.raises(ValidationFailed) as failed:
        read_fields({"name": read_line}, {"name": text}, ContactForm.labels)

    assert errors_of({**VALID, "name": text}) == failed.value.errors


@pytest.mark.parametrize("path", ["/find-order", "/sign-in", "/checkout/address", "/cart"])
def test_form_that_is_too_long_as_a_whole_is_refused_unread(browser: TestClient, path: str) -> None:
    """No single field is too long. Reading 250 KB of short numbers took more than a second."""
    submitted = {f"field{number}": "DE12 3456 " * 990 for number in range(3)}

    page = browser.post(path, data=submitted)

    assert page.status_code == 422
    assert "at most 20000 characters in all fields together" in page_text(page)


def test_long_form_with_room_for_every_text_is_read(browser: TestClient) -> None:
    submitted = {f"field{number}": "x" * 9_990 for number in range(2)}

    page = browser.post("/sign-in", data=submitted | {"email": "a"})

    assert page.status_code == 422
    assert "in all fields together" not in page_text(page)


def test_missing_field_is_reported_like_an_empty_one() -> None:
    assert errors_of({"email": "ada@potter.example"}) == {"name": "Enter your full name."}


@pytest.mark.parametrize("email", ["o'brien@example.com", "a+b@example.co.uk"])
def test_unusual_email_address_is_valid(email: str) -> None:
    assert read_form(ContactForm, {**VALID, "email": email}).email == email


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\tb", "a\u2028b"])
def test_line_break_is_invalid_in_one_line(text: str) -> None:
    assert errors_of({**VALID, "name": text}) == {"name": "Enter your full name on one line."}


@pytest.mark.parametrize(
    "card",
    [
        *("4242424242424242", "my card 4000-0566-5566-5556", "3782 822463 10005"),
        *("Room 589 4242424242424242", "4242 4242 4242 4242 7", "7-4242-4242-4242-4242 12"),
    ],
)
def test_card_number_is_rejected_and_not_shown_again(card: str) -> None:
    submitted = {**VALID, "name": card}

    assert errors_of(submitted) == {"name": CARD_NUMBER_REJECTED}
    assert without_card_numbers(submitted) == {**VALID, "name": ""}


@pytest.mark.parametrize("text", ["4242424242424241", "+49 30 1234567", "HC-0612-4F7Q2", "1" * 40])
def test_other_numbers_are_not_taken_for_card_numbers(text: str) -> None:
    assert not has_card_number(text) or text == "1" * 40
