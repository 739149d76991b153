"""The caller of a costly request, whose orders are counted in app/orders/caller_limits.py.

A load test sends all its orders from one network, so a header that is signed with a key exempts it.
"""

from typing import Annotated

from fastapi import Depends, Request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.orders.signed_links import SIGNING
from app.settings import settings
from app.web.security.client_ip import client_network

LOAD_TEST_HEADER = "Load-Test"
LOAD_TEST = "load-test"  # what is signed
LOAD_TEST_SECONDS = 6 * 3600  # a copied header is of no use for longer
MIN_KEY_LENGTH = 32


def _serializer(key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt=LOAD_TEST, signer_kwargs=SIGNING)


def sign_load_test(key: str) -> str:
    """The value of the header for a load test that starts now."""
    return str(_serializer(key).dumps(LOAD_TEST))


def is_load_test(request: Request) -> bool:
    """Whether the header is signed with the key. Without a key, which is usual, none is."""
    key, header = settings().load_test_key, request.headers.get(LOAD_TEST_HEADER, "")
    if len(key) < MIN_KEY_LENGTH or not header:
        return False
    try:
        signed = _serializer(key).loads(header, max_age=LOAD_TEST_SECONDS)
    except BadSignature:
        return False
    return bool(signed == LOAD_TEST)


async def _caller(request: Request) -> str:
    return "" if is_load_test(request) else client_network(request).viewer


# The network that an order is counted for; empty if none is.
Caller = Annotated[str, Depends(_caller)]
