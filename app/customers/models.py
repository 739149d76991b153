"""Rows about visitors: a session and a cart share a partition, so one Query reads both."""

import hashlib
import secrets
from datetime import timedelta

from pynamodb.attributes import (
    DiscriminatorAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from app.persistence.dynamodb import IntegerAttribute, Table, table_name


class VisitorPart(Table):
    """A row about a visitor, a customer, a magic link or a rate limit.

    DynamoDB may delete an expired row days late, so readers compare ``expires_at`` themselves.
    """

    class Meta:
        table_name = table_name("customers")

    owner = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()


class Session(VisitorPart, discriminator="session"):
    """A visitor who has proved that this email address is theirs. Deleting the row signs out."""

    email = UnicodeAttribute()
    device_session_id = UnicodeAttribute(default="")
    signed_in_at = UTCDateTimeAttribute()
    last_seen_at = UTCDateTimeAttribute(null=True)
    expires_at = TTLAttribute()


class DeviceSession(VisitorPart, discriminator="device_session"):
    """A device on which a customer has signed in, stored under the customer.

    It leads to the ``Session`` of that device, so a customer can list and end their sessions.
    """

    visitor = UnicodeAttribute()
    browser = UnicodeAttribute(default="")
    system = UnicodeAttribute(default="")
    signed_in_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute()


class MagicLink(VisitorPart, discriminator="magic_link"):
    """A one-time sign-in link that was sent; ``used_by`` is the visitor who used it."""

    email = UnicodeAttribute()
    next_path = UnicodeAttribute(default="/")
    used_by = UnicodeAttribute(null=True)
    expires_at = TTLAttribute()


class RateLimitWindow(VisitorPart, discriminator="rate_limit"):
    """The number of attempts by one source within one time window."""

    hits = IntegerAttribute()
    expires_at = TTLAttribute()


LINK_TTL = timedelta(minutes=10)
SESSION_PREFIX = "s~"  # no token of a guest has a tilde: see ``new_token``
CUSTOMER_PREFIX = "customer#"


def new_token() -> str:
    """256 random bits for a cookie or a link. Only the hash is ever stored."""
    return secrets.token_urlsafe(32)


def new_session_token() -> str:
    """A token for the cookie of a customer. Its prefix sets it apart from a guest's.

    So a cookie whose session has ended is not taken for a guest's cookie, nor is a copy of it.
    """
    return SESSION_PREFIX + new_token()


def sha256_hex(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def visitor_id_of(token: str) -> str:
    """The visitor id that belongs to a cookie's token: its hash, marked as a customer's or not."""
    prefix = SESSION_PREFIX if token.startswith(SESSION_PREFIX) else ""
    return prefix + sha256_hex(token)


def needs_session(visitor: str) -> bool:
    """Whether this visitor id is a customer's, which means nothing without a session."""
    return visitor.startswith(SESSION_PREFIX)


def customer_id(email: str) -> str:
    """The id of a customer on every device; their cart is stored under it."""
    return f"{CUSTOMER_PREFIX}{sha256_hex(email)}"


def is_customer_id(owner: str) -> bool:
    """Whether this owner of a cart or an order is a customer, and not a guest or the API."""
    return owner.startswith(CUSTOMER_PREFIX)


def visitor_key(visitor: str) -> str:
    """The partition key of a visitor (the hash of the cookie's token) or of a customer id."""
    return f"visitor#{visitor}"
