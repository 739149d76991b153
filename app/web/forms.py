"""Reading forms: what was typed, whether it will do, and what to say beside the field if not."""

import re
from typing import Annotated, Any

from email_validator import EmailNotValidError, validate_email
from fastapi import Depends, Request
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from app.errors import Unacceptable

Typed = dict[str, str]

CARD_LIKE = re.compile(r"(?:[0-9][ -]?){13,19}")
NOT_ONE_LINE = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
NO_CARDS = "Please never type a card number here. We do not need one, and have forgotten it."
SAID: dict[str, str] = {
    "missing": "Please fill this in.",
    "string_too_short": "Please fill this in.",
    "string_too_long": "Please use at most {max_length} characters.",
    "literal_error": "Please choose one of these.",
    "less_than_equal": "Please choose at most {le}.",
    "greater_than_equal": "Please choose at least {ge}.",
}


class WrongInput(Unacceptable):
    """Some fields will not do: ``errors`` says why, by field; ``typed`` may be shown again."""

    def __init__(self, errors: dict[str, str], typed: Typed) -> None:
        super().__init__("Please look at the marked fields.")
        self.errors, self.typed = errors, typed


class Form(BaseModel):
    """Fields that a form does not have are ignored, whatever somebody adds to the request."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _one_line(value: Any) -> Any:
    if isinstance(value, str) and NOT_ONE_LINE.search(value):
        raise ValueError("Please keep this on one line.")
    return value


def _whole(value: Any) -> Any:
    """Plain digits only: not 1e3, 0x10, 1.5, or digits of another script."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,10}", value):
        raise ValueError("Please give a whole number.")
    return value


def _email(value: str) -> str:
    try:
        return validate_email(value, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise ValueError("This does not look like an e-mail address.") from None


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    BeforeValidator(_one_line),
]
LongLine = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
    BeforeValidator(_one_line),
]
OptionalLine = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=100), BeforeValidator(_one_line)
]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=254),
    BeforeValidator(_one_line),
    AfterValidator(_email),
]
WholeNumber = Annotated[int, BeforeValidator(_whole), Field(ge=0)]

# An id that the page made with the form, so that a second press means the first.
Minted = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")]


async def _typed(request: Request) -> Typed:
    """The text fields of the form; of a field that is sent twice, the last."""
    form = await request.form(max_files=0, max_fields=200)
    return {name: value for name, value in form.items() if isinstance(value, str)}


TypedForm = Annotated[Typed, Depends(_typed)]


def read_form[F: Form](kind: type[F], typed: Typed) -> F:
    """The form as its model says, or ``WrongInput`` with a message for each field that is wrong."""
    errors, shown = {}, dict(typed)
    for name, value in typed.items():
        if has_card_number(value):
            errors[name], shown[name] = NO_CARDS, ""
    try:
        form = kind.model_validate(typed)
    except ValidationError as wrong:
        errors = {**_messages(wrong), **errors}
    if errors:
        raise WrongInput(errors, shown)
    return form


def has_card_number(text: str) -> bool:
    return any(_luhn(re.sub(r"[ -]", "", run)) for run in CARD_LIKE.findall(text))


def _luhn(digits: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1, annex B)."""
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits)))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def _messages(wrong: ValidationError) -> dict[str, str]:
    return {str(error["loc"][-1]): _message(error) for error in wrong.errors()}


def _message(error: Any) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    return SAID.get(error["type"], "Please check this.").format(**error.get("ctx", {}))
