"""The signature of a webhook and the event in its body."""

import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.payments.webhooks import (
    InvalidSignature,
    UnreadableWebhook,
    read_payment_event,
    sign,
    verify_signature,
)
from tests.builders import NOON

SECRET = "whsec_test"
BODY = b'{"id": "evt_1"}'
moments = st.integers(0, 30_000_000_000).map(lambda it: datetime.fromtimestamp(it, UTC))


def refusal(header: str, body: bytes = BODY, secret: str = SECRET, now: datetime = NOON) -> str:
    """The code of the refusal; empty if the signature is right."""
    try:
        verify_signature(header, body, secret, now=now)
    except InvalidSignature as error:
        return str(error)
    return ""


@given(st.binary(max_size=200), st.text(min_size=1), moments)
def test_what_was_signed_is_accepted(body: bytes, secret: str, at: datetime) -> None:
    assert refusal(sign(body, secret, at=at), body, secret, at) == ""


def test_signature_is_stripes_scheme() -> None:
    """HMAC-SHA256 of the timestamp, a dot and the raw body."""
    timestamp = int(NOON.timestamp())
    expected = hmac.new(b"whsec_test", b"%d." % timestamp + BODY, "sha256").hexdigest()

    assert sign(BODY, SECRET, at=NOON) == f"t={timestamp},v1={expected}"


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_signature_within_five_minutes_is_accepted(seconds: int) -> None:
    header = sign(BODY, SECRET, at=NOON)

    assert refusal(header, now=NOON + timedelta(seconds=seconds)) == ""


@pytest.mark.parametrize("seconds", [-86_400, -301, 301, 86_400])
def test_signature_of_another_time_is_refused(seconds: int) -> None:
    header = sign(BODY, SECRET, at=NOON)

    assert refusal(header, now=NOON + timedelta(seconds=seconds)) == "expired"


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_body_with_one_other_byte_is_refused(at: int, change: int) -> None:
    body = bytearray(BODY)
    body[at] ^= change

    assert refusal(sign(BODY, SECRET, at=NOON), bytes(body)) == "mismatch"


def test_signature_with_another_secret_is_refused() -> None:
    assert refusal(sign(BODY, "whsec_other", at=NOON)) == "mismatch"


def test_json_that_was_written_anew_is_refused() -> None:
    """The signature is over the raw bytes, not over what they mean."""
    assert refusal(sign(BODY, SECRET, at=NOON), b'{"id":"evt_1"}') == "mismatch"


def test_timestamp_is_part_of_the_signature() -> None:
    old = sign(BODY, SECRET, at=NOON - timedelta(hours=1))
    signature = old.partition(",")[2]

    assert refusal(f"t={int(NOON.timestamp())},{signature}") == "mismatch"


@pytest.mark.parametrize("position", [0, 1, 2])
def test_one_of_several_signatures_suffices_while_the_secret_is_rotated(position: int) -> None:
    timestamp, _, right = sign(BODY, SECRET, at=NOON).partition(",")
    signatures = ["v1=" + "0" * 64, "v1="]
    signatures.insert(position, right)

    assert refusal(",".join((timestamp, *signatures))) == ""
    assert refusal(", ".join((timestamp, "v0=abc", *signatures))) == ""


def test_header_with_two_timestamps_is_refused() -> None:
    """Which one was signed would depend on the reader."""
    header = sign(BODY, SECRET, at=NOON)

    assert refusal(f"{header},t={int(NOON.timestamp())}") == "malformed"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t",
        "t=,v1=",
        "v1=0",
        "t=1",
        "nonsense",
        "t=1,t=2,v1=0",
        "t=1,v0=0",
        "t=1;v1=0",
        ",,,",
        "t=1,v1=ü",
        "t=¹,v1=0",
        "t=-1,v1=0",
        "t=1e9,v1=0",
        "t=" + "9" * 5_000 + ",v1=0",
        "t=1,v1=" + "0" * 5_000,
    ],
)
def test_malformed_header_is_refused(header: str) -> None:
    assert refusal(header) in ("malformed", "mismatch")


@pytest.mark.parametrize("spelling", ["+{}", " {}", "{}_0", "{}.0"])
def test_signed_timestamp_in_another_spelling_is_malformed(spelling: str) -> None:
    timestamp = spelling.format(int(NOON.timestamp()))
    signature = hmac.new(SECRET.encode(), timestamp.encode() + b"." + BODY, "sha256").hexdigest()

    assert refusal(f"t={timestamp},v1={signature}") == "malformed"


@pytest.mark.parametrize("timestamp", ["", "-1", "1e9", "¹", "9" * 12, "9" * 13, "9" * 5_000, " 1"])
def test_signed_timestamp_that_is_no_time_is_refused(timestamp: str) -> None:
    signature = hmac.new(SECRET.encode(), timestamp.encode() + b"." + BODY, "sha256").hexdigest()

    assert refusal(f"t={timestamp},v1={signature}") in ("malformed", "expired")


@given(st.text(max_size=100))
def test_any_header_is_refused_with_a_code(header: str) -> None:
    assert refusal(header) in ("malformed", "mismatch")


def an_event(type_: str = "charge.refunded", **subject: Any) -> bytes:
    about = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", **subject}
    return json.dumps({"id": "evt_1", "type": type_, "data": {"object": about}}).encode()


def test_event_names_its_intent() -> None:
    charge = read_payment_event(an_event())
    intent = read_payment_event(
        an_event("payment_intent.succeeded", id="pi_2", object="payment_intent")
    )

    assert charge
    assert (charge.event_id, charge.intent_id) == ("evt_1", "pi_1")
    assert intent
    assert intent.intent_id == "pi_2"


def test_unknown_fields_of_an_event_are_ignored() -> None:
    assert read_payment_event(an_event(outcome={"risk": [1, None]}, livemode=False))


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "evt_1", "type": "invoice.paid", "data": {"object": {"id": "in_1"}}}',
        b'{"id": "evt_1", "type": "", "data": 7}',
        b'{"id": "evt_1", "type": "payment_intent.created"}',
    ],
)
def test_event_of_an_unknown_type_is_none(body: bytes) -> None:
    assert read_payment_event(body) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 10_000,
        b'{"type": "charge.refunded"}',
        b'{"id": "evt_1", "type": "charge.refunded"}',
        b'{"id": 1, "type": "charge.refunded", "data": {}}',
        an_event(payment_intent=None),
        an_event(payment_intent=""),
        an_event(payment_intent=7),
        an_event(payment_intent="x" * 201),
        an_event(id=None),
    ],
)
def test_unreadable_body_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableWebhook):
        read_payment_event(body)
