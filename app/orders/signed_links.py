"""Links and forms that only the shop can have made, because they are signed."""

import hashlib

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

from app.errors import Conflict, NotFound
from app.i18n.messages import said

LINK_LASTS = 90 * 24 * 3600  # seconds; a letter may be opened a season later
# The library's defaults are SHA-1, and a key that is salt and secret side by side.
SIGNING = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}


def _keys(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="order", signer_kwargs=SIGNING)


def _forms(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="checkout", signer_kwargs=SIGNING)


def order_key(order_id: str, secret: str) -> str:
    """What opens this order's page to a guest, or to a program as a Bearer token."""
    return str(_keys(secret).dumps(order_id))


def check_order_key(order_id: str, key: str, secret: str) -> None:
    """Raises ``NotFound`` for a key that is changed, expired, or of another order."""
    try:
        opened = _keys(secret).loads(key, max_age=LINK_LASTS)
    except BadSignature:
        opened = None
    if opened != order_id:
        raise NotFound(said("We have no such order."))


def sign_form(order_id: str, visitor: str, secret: str) -> str:
    """The order id that a checkout form carries, bound to the visitor it was drawn for."""
    return str(_forms(secret).dumps([order_id, visitor]))


def read_form(signed: str, visitor: str, secret: str) -> str:
    """The order id of a form; raises ``Conflict`` when it is not ours or not this visitor's."""
    try:
        order_id, owner = _forms(secret).loads(signed)
    except (BadSignature, ValueError):
        order_id, owner = "", None
    if not order_id or owner != visitor:
        raise Conflict(said("This form has expired. Please check your details and try again."))
    return str(order_id)
