"""Signed order links and checkout forms: signatures that only this application can create."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from itsdangerous import BadSignature, SignatureExpired, URLSafeSerializer, URLSafeTimedSerializer

from app.customers.models import customer_id
from app.errors import Conflict, NotFound
from app.i18n.locales import find_language
from app.i18n.messages import lazy_gettext
from app.orders.models import Order
from app.settings import settings

GRANT_LIFETIME_SECONDS = 24 * 3600  # a day: until then a browser has the order without the link
LINK_LIFETIME_SECONDS = 90 * 24 * 3600  # 90 days: an email may be opened much later
# Stronger than the defaults of itsdangerous: SHA-1 and a key concatenated from salt and secret.
SIGNING = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}

# One secret, or those that are valid during a rotation, of which any may have signed.
type Secrets = str | Iterable[str]


def _keys(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="order", signer_kwargs=SIGNING)


def _grants(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="order-grant", signer_kwargs=SIGNING)


def _cursors(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="order-list", signer_kwargs=SIGNING)


def _forms(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="checkout", signer_kwargs=SIGNING)


def _load(serializer: Callable[[str], Any], token: str, secrets: Secrets, **options: int) -> Any:
    """The signed value. Raises ``BadSignature`` if none of the secrets made the signature."""
    refusal = BadSignature("no secret")
    for secret in (secrets,) if isinstance(secrets, str) else secrets:
        try:
            return serializer(secret).loads(token, **options)
        except SignatureExpired:
            raise
        except BadSignature as error:
            refusal = error
    raise refusal


def order_key(order_id: str, secret: str) -> str:
    """A token that grants access to one order: in a link, or as the API's Bearer token."""
    return str(_keys(secret).dumps(order_id))


def order_link(order: Order, secret: str) -> str:
    """The URL in an email that opens one order without signing in, in the language of the order."""
    page = f"{settings().base_url}{find_language(order.language).prefix}/orders/{order.order_id}"
    return f"{page}?key={order_key(order.order_id, secret)}"


def check_order_key(order_id: str, key: str, secrets: Secrets) -> None:
    """Raise ``NotFound`` if the key is tampered with, expired, or for another order."""
    try:
        signed_id = _load(_keys, key, secrets, max_age=LINK_LIFETIME_SECONDS)
    except BadSignature:
        signed_id = None
    if signed_id != order_id:
        raise NotFound(lazy_gettext("We have no such order."))


def grant_order(order_id: str, visitor: str, secret: str) -> str:
    """A token that grants one visitor access to one order, for the cookie of its page.

    It is worth nothing without that visitor's own cookie, and so ends when they sign out.
    """
    return str(_grants(secret).dumps([order_id, visitor]))


def is_granted(order_id: str, visitor: str, grant: str, secrets: Secrets) -> bool:
    """Whether this visitor opened the link of this order within ``GRANT_LIFETIME_SECONDS``."""
    try:
        signed: list[str] = _load(_grants, grant, secrets, max_age=GRANT_LIFETIME_SECONDS)
    except BadSignature:
        return False
    return bool(visitor) and signed == [order_id, visitor]


def sign_list_cursor(place: str, email: str, secret: str) -> str:
    """Sign a place in a customer's list of orders: only they can continue there."""
    return str(_cursors(secret).dumps([place, customer_id(email)]))


def read_list_cursor(cursor: str, email: str, secrets: Secrets) -> str:
    """The place; "" for no cursor. Raises ``ValueError`` for one that is not of this customer."""
    if not cursor:
        return ""
    try:
        signed: list[str] = _load(_cursors, cursor, secrets)
    except BadSignature:
        signed = []
    if signed[1:] != [customer_id(email)]:
        raise ValueError("not a cursor of this customer")
    return signed[0]


def sign_checkout_form(order_id: str, visitor: str, secret: str) -> str:
    """Sign the order id of a checkout form together with its visitor."""
    return str(_forms(secret).dumps([order_id, visitor]))


def verify_checkout_form(signed: str, visitor: str, secrets: Secrets) -> str:
    """The order id of a checkout form. Raises ``Conflict`` for another visitor or signature."""
    try:
        order_id, owner = _load(_forms, signed, secrets)
    except (BadSignature, ValueError):
        order_id, owner = "", None
    if not order_id or owner != visitor:
        raise Conflict(
            lazy_gettext("This form has expired. Please check your details and try again.")
        )
    return str(order_id)
