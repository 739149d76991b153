"""The `Idempotency-Key` header: a structured-field string, or the bare text that many clients send.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import re
from typing import Annotated

from fastapi import Header
from pydantic import AfterValidator, WithJsonSchema

MIN_KEY_LENGTH = 20  # all clients share one scope, so a key has to be long enough to be unique
MAX_KEY_LENGTH = 255  # as at Stripe: https://docs.stripe.com/api/idempotent_requests
# A string of RFC 9651: printable ASCII in quotes, with \" and \\ as its only escapes. Parameters
# after it are refused, because the draft defines none.
QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
# Visible ASCII. No comma: API Gateway joins repeated headers with commas. No semicolon, quote or
# backslash: they have a meaning in structured fields.
BARE = re.compile(r"[!#-+\--:<-\[\]-~]+")
ESCAPED = re.compile(r"\\(.)")
HOW_TO_SEND = (
    f"Send one Idempotency-Key of {MIN_KEY_LENGTH} to {MAX_KEY_LENGTH} printable ASCII characters,"
    ' such as "4f1c2d9e-8a57-4c1b-9c55-2f0e6f1b7a10" (with or without the quotes).'
)


class InvalidIdempotencyKey(ValueError):
    """The header is malformed, too short or too long. The message says what to send."""


def read_idempotency_key(header: str) -> str:
    """Return the key, which is the same in both forms. Raises ``InvalidIdempotencyKey``."""
    if quoted := QUOTED.fullmatch(header):
        key = ESCAPED.sub(r"\1", quoted[1])
    else:
        key = header if BARE.fullmatch(header) else ""
    if not MIN_KEY_LENGTH <= len(key) <= MAX_KEY_LENGTH:
        raise InvalidIdempotencyKey(HOW_TO_SEND)
    return key


IdempotencyKey = Annotated[
    str,
    AfterValidator(read_idempotency_key),
    # What OpenAPI shows; the longest header has a backslash before each character, and two quotes.
    WithJsonSchema({"type": "string", "minLength": MIN_KEY_LENGTH, "maxLength": 512}),
    Header(
        alias="Idempotency-Key",
        description=(
            "A random value, new for each order, such as a UUID: 20 to 255 printable ASCII"
            " characters. A retry sends the same key again. Send it as a structured-field string"
            " (in double quotes) or bare; both forms are the same key. All clients share one scope"
            " and keys do not expire, so a key identifies one order for good."
        ),
        examples=['"4f1c2d9e-8a57-4c1b-9c55-2f0e6f1b7a10"'],
    ),
]
