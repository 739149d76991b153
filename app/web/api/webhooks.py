"""The payment provider's webhook: verify the signature, then let the order follow its payment."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from app.aws.secrets import reload_webhook_secret, webhook_secret
from app.errors import Unauthenticated, Unavailable
from app.observability.logs import log
from app.orders.payment_events import follow_payment_event
from app.payments.gateway import GatewayUnavailable
from app.payments.webhooks import (
    MISMATCH,
    SIGNATURE_HEADER,
    InvalidSignature,
    UnreadableWebhook,
    read_payment_event,
    verify_signature,
)
from app.web.http.errors import render_problem
from app.web.http.request_time import Now
from app.web.security.authorization import Access, requires

router = APIRouter(include_in_schema=False)


async def _raw_body(request: Request) -> bytes:
    """The signature covers the raw bytes, so nothing may have parsed them before."""
    return await request.body()


def _verify(signature: str, body: bytes, now: datetime) -> None:
    """Raise ``InvalidSignature``, unless it is right for the secret in memory or the stored one."""
    try:
        verify_signature(signature, body, webhook_secret(), now=now)
    except InvalidSignature as error:
        if str(error) != MISMATCH:
            raise
        secret = reload_webhook_secret(int(now.timestamp()) // 60)
        verify_signature(signature, body, secret, now=now)


@requires(Access.PROVIDER_SIGNATURE)
def _signed_body(
    body: Annotated[bytes, Depends(_raw_body)],
    now: Now,
    signature: Annotated[str, Header(alias=SIGNATURE_HEADER)] = "",
) -> bytes:
    try:
        _verify(signature, body, now)
    except InvalidSignature as error:
        log("webhook_rejected", reason=str(error))
        raise Unauthenticated("The signature of this webhook is not valid.") from error
    return body


@router.post("/webhooks/payments")
def receive_payment_event(
    request: Request, body: Annotated[bytes, Depends(_signed_body)], now: Now
) -> Response:
    """Answer 2xx only for an event that is done: the provider delivers all others again for days.

    An unknown type of event is done. 409 is an event that comes too early, 503 one whose payment
    the provider does not show now.
    """
    try:
        event = read_payment_event(body)
    except UnreadableWebhook:
        log("webhook_rejected", reason="unreadable")
        return render_problem(request, 400, "The body is no event that we can read.")
    try:
        if event is not None:
            follow_payment_event(event, now=now)
    except GatewayUnavailable as error:
        raise Unavailable("The payment provider did not respond.") from error
    return Response(status_code=200)
