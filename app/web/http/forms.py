"""HTML forms: reading submitted fields into a model, with one message for each invalid field."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from fastapi import Depends, Request
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from app.card_numbers import has_card_number
from app.customers.email_addresses import read_email_address
from app.errors import ValidationFailed
from app.form_fields import (
    A_VALUE,
    AT_LEAST,
    AT_MOST,
    ENTER,
    SELECT,
    InvalidValue,
    Submitted,
    error_message,
    read_identifier,
    read_line,
    read_optional_line,
    read_text,
    read_whole_number,
    require_digits,
)
from app.i18n.messages import lazy_gettext
from app.text_policy import MAX_TEXT_LENGTH
from app.web.http.access_log import add_log_fields

# No form for customers has these fields; only admin forms set prices.
FORGED_FIELDS = frozenset({"price", "discount", "status", "role", "owner", "user_id", "visitor"})
MAX_FIELDS, MAX_ADMIN_FIELDS = 200, 3_000  # merchants tick one for each product
MAX_NOTE_LENGTH = 250  # of a delivery note, as carriers print it on a label
FACTS = re.compile(r"(?:sku|slug|details)(?:_[0-9]{1,2})?")  # fields that take any number
CHECK = lazy_gettext("Check %(field)s.")
FIELD_TOO_LONG = lazy_gettext(
    "Enter at most %(max_length)s characters in each field.", max_length=MAX_TEXT_LENGTH
)
MAX_FORM_LENGTH = 2 * MAX_TEXT_LENGTH  # characters; a form has one long field at most
FORM_TOO_LONG = lazy_gettext(
    "Enter at most %(max_length)s characters in all fields together.", max_length=MAX_FORM_LENGTH
)
PATTERNS: dict[str, str] = {  # by pydantic's error types
    "missing": ENTER,
    "literal_error": SELECT,
    "less_than_equal": AT_MOST,
    "greater_than_equal": AT_LEAST,
}


class Form(BaseModel):
    """Fields that the model does not have are ignored, whatever a client adds to the request.

    ``labels`` name the fields in error messages, such as "your full name".
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    labels: ClassVar[Mapping[str, str]] = {}


def _long_line(value: str) -> str:
    return read_line(value, max_length=300)


def _optional_note(value: str) -> str:
    return read_text(value, max_length=MAX_NOTE_LENGTH) if value.strip() else ""


def _digits(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not value.strip():
        raise InvalidValue(ENTER)
    return require_digits(value.strip())


def _typed_number(value: Any) -> Any:
    return read_whole_number(value) if isinstance(value, str) else value


LongLine = Annotated[str, AfterValidator(_long_line)]
OptionalLine = Annotated[str, AfterValidator(read_optional_line)]
# The API has these three as well.
Email = Annotated[
    str,
    AfterValidator(read_email_address),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 254, "format": "email"}),
]
DeliveryNote = Annotated[
    str,
    AfterValidator(_optional_note),
    WithJsonSchema({"type": "string", "maxLength": MAX_NOTE_LENGTH}),
]
Identifier = Annotated[
    str,
    AfterValidator(read_identifier),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 100}),
]
# What a page or a program writes, such as a version, and what a person types.
WholeNumber = Annotated[int, BeforeValidator(_digits), Field(ge=0)]
TypedNumber = Annotated[int, BeforeValidator(_typed_number), Field(ge=0)]

# A ULID that the page generated with the form: submitting the form twice has one effect.
IdempotencyId = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")]


async def _submitted(request: Request) -> Submitted:
    """The text fields of the form; of a repeated field, the last value.

    Fields that no form offers are logged by their names alone. A field, or a form, that is too long
    to be valid is refused before anything reads it: the time to read a text grows with its length.
    """
    is_admin = request.url.path.startswith("/admin")
    max_fields = MAX_ADMIN_FIELDS if is_admin else MAX_FIELDS
    form = await request.form(max_files=0, max_fields=max_fields)
    forged = FORGED_FIELDS & form.keys()
    if forged and not is_admin:
        add_log_fields(request.scope, forged=", ".join(sorted(forged)))
    submitted = {name: value for name, value in form.items() if isinstance(value, str)}
    if any(len(value) > MAX_TEXT_LENGTH for value in submitted.values()):
        raise ValidationFailed(FIELD_TOO_LONG)
    if sum(map(len, submitted.values())) > MAX_FORM_LENGTH:
        raise ValidationFailed(FORM_TOO_LONG)
    return submitted


SubmittedForm = Annotated[Submitted, Depends(_submitted)]


def read_form[F: Form](
    kind: type[F], submitted: Submitted, *, other_errors: Mapping[str, str] | None = None
) -> F:
    """Validate the form; raise ``ValidationFailed`` with a message for each invalid field.

    ``other_errors`` are those of rules outside the model, such as a country's address format;
    they are reported together with the model's own, and win over them.
    """
    errors = dict(other_errors or {})
    form = None
    try:
        form = kind.model_validate(submitted)
    except ValidationError as error:
        errors = _messages(kind, error) | errors
    if form is None or errors:
        raise ValidationFailed.for_fields(errors)
    return form


def without_card_numbers(submitted: Submitted) -> Submitted:
    """What a form may show again: a payment card's number is never sent back.

    SKUs, slugs and facts of a product are shown: they may look like one and are accepted.
    """
    return {
        name: value if FACTS.fullmatch(name) or not has_card_number(value) else ""
        for name, value in submitted.items()
    }


def _messages(kind: type[Form], error: ValidationError) -> dict[str, str]:
    details = ((str(detail["loc"][-1]), detail) for detail in error.errors())
    return {name: _message(detail, kind.labels.get(name, A_VALUE)) for name, detail in details}


def _message(detail: Any, label: str) -> str:
    if detail["type"] == "value_error":
        return error_message(detail["ctx"]["error"], label)
    pattern = PATTERNS.get(detail["type"], CHECK)
    return InvalidValue(pattern, **detail.get("ctx", {})).message_for(label)
