"""Reading forms: what was typed, whether it will do, and what to say beside the field if not."""

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

from app.card_numbers import CARD_NUMBER_REJECTED, has_card_number
from app.errors import FieldErrors
from app.form_fields import EMPTY, TOO_LITTLE, TOO_LONG, TOO_MUCH, Typed, one_line, whole
from app.i18n.messages import lazy_gettext
from app.web.http.access_log import add_log_fields

# No form of a shopper has these; only merchants name prices.
FORGED = frozenset({"price", "discount", "status", "role", "owner", "user_id", "visitor"})
UNCLEAR = lazy_gettext("Please check this.")
SAID: dict[str, str] = {
    "missing": EMPTY,
    "string_too_short": EMPTY,
    "string_too_long": TOO_LONG,
    "literal_error": lazy_gettext("Please choose one of these."),
    "less_than_equal": TOO_MUCH,
    "greater_than_equal": TOO_LITTLE,
}


class WrongInput(FieldErrors):
    """Wrong fields of a form: ``typed`` is what may be shown again, so never a card's number."""

    def __init__(self, errors: dict[str, str], typed: Typed) -> None:
        super().__init__(errors)
        shown = {name: "" if has_card_number(value) else value for name, value in typed.items()}
        self.typed: Typed = shown


class Form(BaseModel):
    """Fields that a form does not have are ignored, whatever somebody adds to the request."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _one_line(value: Any) -> Any:
    return one_line(value) if isinstance(value, str) else value


def _whole(value: Any) -> Any:
    return whole(value) if isinstance(value, str) else value


def _email(value: str) -> str:
    try:
        return validate_email(value, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise ValueError(lazy_gettext("This does not look like an e-mail address.")) from None


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
    Field(json_schema_extra={"format": "email"}),
    BeforeValidator(_one_line),
    AfterValidator(_email),
]
WholeNumber = Annotated[int, BeforeValidator(_whole), Field(ge=0)]

# An id that the page made with the form, so that a second press means the first.
Minted = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")]


async def _typed(request: Request) -> Typed:
    """The text fields of the form; of a field that is sent twice, the last.

    That somebody tried what no form offers is noted, by the fields' names alone.
    """
    form = await request.form(max_files=0, max_fields=200)
    if (forged := FORGED & form.keys()) and not request.url.path.startswith("/admin"):
        add_log_fields(request.scope, forged=", ".join(sorted(forged)))
    return {name: value for name, value in form.items() if isinstance(value, str)}


TypedForm = Annotated[Typed, Depends(_typed)]


def read_form[F: Form](kind: type[F], typed: Typed) -> F:
    """The form as its model says, or ``WrongInput`` with a message for each field that is wrong."""
    errors = {name: CARD_NUMBER_REJECTED for name, value in typed.items() if has_card_number(value)}
    try:
        form = kind.model_validate(typed)
    except ValidationError as wrong:
        errors = {**_messages(wrong), **errors}
    if errors:
        raise WrongInput(errors, typed)
    return form


def _messages(wrong: ValidationError) -> dict[str, str]:
    return {str(error["loc"][-1]): _message(error) for error in wrong.errors()}


def _message(error: Any) -> str:
    if error["type"] == "value_error":
        message: str = error["ctx"]["error"].args[0]
        return message
    return lazy_gettext(SAID.get(error["type"], UNCLEAR), **error.get("ctx", {}))
