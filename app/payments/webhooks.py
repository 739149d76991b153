"""Webhooks of the payment provider: the signature of a request, and the event in its body.

The scheme is Stripe's, so that its sandbox and ours are verified alike:
https://docs.stripe.com/webhooks#verify-manually
"""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct, json

SIGNATURE_HEADER = "Stripe-Signature"
TOLERANCE = timedelta(minutes=5)  # on both sides: a captured request cannot be replayed later
MISMATCH = "mismatch"  # of ``InvalidSignature``: another secret, or a changed body
MAX_TIMESTAMP_DIGITS = 12
EVENT_TYPES = frozenset(
    {
        "payment_intent.succeeded",
        "charge.refunded",
        "charge.dispute.created",
        "charge.dispute.closed",
    }
)

# Ids become keys of DynamoDB rows.
Id = Annotated[str, Meta(min_length=1, max_length=200)]


class InvalidSignature(Exception):
    """The request is not from the provider, was changed, or is too old. The message is a code."""


class UnreadableWebhook(Exception):
    """The provider signed the body, but it is no event that we can read."""


class PaymentEvent(Struct, frozen=True):
    """What happened to which intent. A repeat of an event has the same ``event_id``."""

    event_id: str
    type: str
    intent_id: str


class _Object(Struct):
    """An object that is no intent, such as a charge or a dispute, names its intent."""

    id: Id
    object: str
    payment_intent: Id | None = None


class _Data(Struct):
    object: _Object


class _Envelope(Struct):
    id: Id
    type: str


class _Event(_Envelope):
    data: _Data


def sign(body: bytes, secret: str, *, at: datetime) -> str:
    """The value of the signature header for this body."""
    timestamp = str(int(at.timestamp()))
    return f"t={timestamp},v1={_signature(timestamp, body, secret)}"


def verify_signature(header: str, body: bytes, secret: str, *, now: datetime) -> None:
    """Raise ``InvalidSignature`` unless one of the header's signatures is right.

    The header has several while the secret is rotated: then the provider signs with both.
    """
    fields = [field.partition("=") for field in header.split(",")]
    timestamps = [value for name, _, value in fields if name.strip() == "t"]
    signatures = [value for name, _, value in fields if name.strip() == "v1"]
    if len(timestamps) != 1 or not signatures:
        raise InvalidSignature("malformed")
    expected = _signature(timestamps[0], body, secret).encode()
    matches = [hmac.compare_digest(expected, it.encode()) for it in signatures]
    if not any(matches):
        raise InvalidSignature(MISMATCH)
    if abs(now - _signed_at(timestamps[0])) > TOLERANCE:
        raise InvalidSignature("expired")


def _signed_at(timestamp: str) -> datetime:
    if not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > MAX_TIMESTAMP_DIGITS:
        raise InvalidSignature("malformed")
    try:
        return datetime.fromtimestamp(int(timestamp), UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidSignature("malformed") from None


def _signature(timestamp: str, body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, "sha256").hexdigest()


def read_payment_event(body: bytes) -> PaymentEvent | None:
    """Decode the event; ``None`` for a type that is not in ``EVENT_TYPES``.

    Unknown fields are ignored, because the provider adds some without notice. Raises
    ``UnreadableWebhook``.
    """
    try:
        if json.decode(body, type=_Envelope).type not in EVENT_TYPES:
            return None
        event = json.decode(body, type=_Event)
    except (ValueError, RecursionError) as error:
        raise UnreadableWebhook(str(error)) from error
    subject = event.data.object
    intent_id = subject.id if subject.object == "payment_intent" else subject.payment_intent
    if not intent_id:
        raise UnreadableWebhook("The event names no payment intent.")
    return PaymentEvent(event.id, event.type, intent_id)
