"""`POST /webhooks/payments`: its answer to each kind of request, and what it lets through."""

import json
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from app import clock
from app.aws import secrets
from app.aws.clients import client
from app.aws.secrets import webhook_secret
from app.orders.payment import charge
from app.orders.transitions import find_order
from app.payments import sandbox_dashboard
from app.payments.fake_gateway import Intent
from app.payments.gateway import GatewayUnavailable
from app.payments.webhooks import SIGNATURE_HEADER, sign
from app.settings import settings
from tests.builders import NOON, an_order, an_order_in_status
from tests.crash_injection import failing_calls, recorded_calls

UNKNOWN_TYPE = b'{"id": "evt_1", "type": "invoice.paid", "data": {"object": {"id": "in_1"}}}'


@pytest.fixture(autouse=True)
def _fresh_secrets() -> None:
    """Another test may have read the secret in this minute."""
    secrets.webhook_secret.cache_clear()
    secrets.reload_webhook_secret.cache_clear()


def deliver(browser: TestClient, body: bytes, signature: str = "", **headers: str) -> Response:
    """Signed by the provider, unless ``signature`` is given."""
    signed = signature or sign(body, webhook_secret(), at=clock.now())
    usual = {"Content-Type": "application/json", SIGNATURE_HEADER: signed}
    response: Response = browser.post("/webhooks/payments", content=body, headers=usual | headers)
    return response


def a_late_capture() -> tuple[str, bytes]:
    """The id of a declined order, and the event of its capture."""
    order_id = an_order_in_status("declined").order_id
    return order_id, sandbox_dashboard.capture_late(order_id, now=NOON)


def put_secret(value: str) -> str:
    """Change the stored secret, and return the old one."""
    old, name = webhook_secret(), settings().webhook_secret_name
    client("secretsmanager").put_secret_value(SecretId=name, SecretString=value)
    return old


def _same(moment: datetime) -> datetime:
    return moment


def problem(response: Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == response.status_code
    return body


def test_late_capture_is_refunded_and_acknowledged(browser: TestClient) -> None:
    order_id, body = a_late_capture()

    response = deliver(browser, body)

    assert (response.status_code, response.content) == (200, b"")
    assert "set-cookie" not in response.headers
    assert find_order(order_id).refunded == find_order(order_id).total


def test_event_delivered_twice_is_acknowledged_twice(browser: TestClient) -> None:
    order_id, body = a_late_capture()

    assert [deliver(browser, body).status_code for _ in range(2)] == [200, 200]
    assert find_order(order_id).refunded == find_order(order_id).total


def test_event_of_an_unknown_type_is_acknowledged(browser: TestClient) -> None:
    assert deliver(browser, UNKNOWN_TYPE).status_code == 200


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        ("t=1,v1=0", "mismatch"),
        ("nonsense", "malformed"),
        (sign(b"another body", "a secret", at=NOON), "mismatch"),
    ],
)
def test_bad_signature_is_a_401_and_counted(
    browser: TestClient, capsys: pytest.CaptureFixture[str], signature: str, reason: str
) -> None:
    order_id, body = a_late_capture()

    response = deliver(browser, body, signature)

    assert response.status_code == 401
    assert "signature" in problem(response)["detail"]
    lines = [json.loads(it) for it in capsys.readouterr().err.splitlines()]
    # A metric filter counts these lines, except those of malformed requests.
    assert ("webhook_rejected", reason) in {(it["message"], it.get("reason")) for it in lines}
    assert find_order(order_id).refunded == 0


def test_request_without_signature_is_a_401(browser: TestClient) -> None:
    headers = {"Content-Type": "application/json"}

    assert browser.post("/webhooks/payments", content=b"{}", headers=headers).status_code == 401


def test_recorded_request_cannot_be_replayed_later(browser: TestClient) -> None:
    _, body = a_late_capture()
    signature = sign(body, webhook_secret(), at=clock.now() - timedelta(minutes=6))

    assert deliver(browser, body, signature).status_code == 401


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"null", b"[" * 10_000, b'{"id": 1}'])
def test_unreadable_body_is_a_400_only_if_it_is_signed(browser: TestClient, body: bytes) -> None:
    assert problem(deliver(browser, body))["status"] == 400
    assert deliver(browser, body, "t=1,v1=0").status_code == 401


def test_body_has_a_limit(browser: TestClient) -> None:
    assert deliver(browser, b" " * (256 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_only_json_is_accepted(browser: TestClient, content_type: str) -> None:
    response = deliver(browser, UNKNOWN_TYPE, **{"Content-Type": content_type})

    assert problem(response)["status"] == 415


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://dashboard.provider.example"},
        {"Origin": "null"},
    ],
)
def test_webhook_of_another_origin_is_let_through(
    browser: TestClient, headers: dict[str, str]
) -> None:
    """The signature, not the origin, says who sent it."""
    assert deliver(browser, UNKNOWN_TYPE, **headers).status_code == 200


def test_event_that_comes_too_early_is_delivered_again(browser: TestClient) -> None:
    order_id = an_order_in_status("shipping").order_id

    early = deliver(browser, sandbox_dashboard.refund_payment(order_id, now=NOON))

    assert problem(early)["status"] == 409


def test_event_during_a_provider_outage_is_delivered_again(browser: TestClient) -> None:
    order_id = an_order(payment_method="pm_provider_down").order_id
    with pytest.raises(GatewayUnavailable):
        charge(order_id, now=NOON)

    response = deliver(browser, sandbox_dashboard.capture_late(order_id, now=NOON))

    assert problem(response)["status"] == 503
    assert response.headers["retry-after"] == "2"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_not_allowed(browser: TestClient, method: str) -> None:
    assert browser.request(method, "/webhooks/payments").status_code == 405


def test_cookie_of_a_merchant_is_no_signature(browser: TestClient) -> None:
    response = deliver(browser, UNKNOWN_TYPE, "t=1,v1=0", Cookie="session=anything")

    assert response.status_code == 401


@pytest.mark.parametrize(
    "call",
    [
        "BatchGetItem",
        'GetItem "order"',
        "GetItem webhook",
        'GetItem "payment"',
        "UpdateItem refunds",
        "TransactWriteItems",
        "PutItem webhook",
    ],
)
@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "InternalServerError"])
def test_event_during_a_database_outage_is_delivered_again(
    browser: TestClient, call: str, code: str
) -> None:
    order_id, body = a_late_capture()
    with failing_calls(call, code) as failed:
        response = deliver(browser, body)

    assert failed
    assert problem(response)["status"] == 503
    assert deliver(browser, body).status_code == 200
    assert find_order(order_id).refunded == find_order(order_id).total


def test_event_while_secrets_manager_is_down_is_delivered_again(browser: TestClient) -> None:
    _, body = a_late_capture()
    signature = sign(body, webhook_secret(), at=clock.now())
    secrets.webhook_secret.cache_clear()

    with failing_calls("GetSecretValue", "InternalServiceError"):
        response = deliver(browser, body, signature)

    assert problem(response)["status"] == 503
    assert deliver(browser, body, signature).status_code == 200


@pytest.mark.parametrize("text", ["\\ud800", "\\u0000", "x" * 200, "💥" * 200, "a#b", " "])
@pytest.mark.parametrize("field", ["event", "intent"])
def test_odd_id_of_an_event_is_no_server_error(browser: TestClient, text: str, field: str) -> None:
    event_id, intent_id = (text, "pi_1") if field == "event" else ("evt_1", text)
    subject = f'{{"id": "{intent_id}", "object": "payment_intent"}}'
    type_ = "payment_intent.succeeded"
    body = f'{{"id": "{event_id}", "type": "{type_}", "data": {{"object": {subject}}}}}'

    assert deliver(browser, body.encode()).status_code in (200, 400)


def test_payment_without_an_order_in_its_metadata_is_not_ours(browser: TestClient) -> None:
    order_id, body = a_late_capture()
    intent = next(iter(Intent.scan(Intent.order_id == order_id)))
    intent.update(actions=[Intent.order_id.set("")])

    assert deliver(browser, body).status_code == 200


def test_new_secret_is_accepted_without_a_new_start(browser: TestClient) -> None:
    """An operator has changed the secret; this process still has the old one in memory."""
    order_id, body = a_late_capture()
    deliver(browser, UNKNOWN_TYPE)
    old = put_secret("rotated")
    try:
        response = deliver(browser, body, sign(body, "rotated", at=clock.now()))
    finally:
        put_secret(old)

    assert response.status_code == 200
    assert find_order(order_id).refunded == find_order(order_id).total


def test_forged_requests_read_the_secret_once_a_minute_at_most(browser: TestClient) -> None:
    deliver(browser, UNKNOWN_TYPE)
    start = clock.now().replace(second=0)

    with recorded_calls() as calls:
        for second in range(0, 100, 10):
            moment = start + timedelta(seconds=second)
            with clock.use_clock(partial(_same, moment)):
                assert deliver(browser, UNKNOWN_TYPE, "t=1,v1=0").status_code == 401

    assert len([it for it in calls if it.startswith("GetSecretValue")]) <= 2
