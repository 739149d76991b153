"""The rows about visitors: their session and cart lie together, so that one Query reads both."""

import hashlib
import secrets
from datetime import timedelta

from pynamodb.attributes import (
    DiscriminatorAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from app.persistence.dynamodb import Table, WholeAttribute, in_shop


class VisitorPart(Table):
    """A row about a visitor, a link or a limit. DynamoDB may delete it late: compare times."""

    class Meta:
        table_name = in_shop("customers")

    owner = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()


class Session(VisitorPart, discriminator="session"):
    """A visitor who has shown that this e-mail address is theirs; it ends when it is deleted."""

    email = UnicodeAttribute()
    place = UnicodeAttribute(default="")
    signed_in_at = UTCDateTimeAttribute()
    seen_at = UTCDateTimeAttribute(null=True)
    expires_at = TTLAttribute()


class Place(VisitorPart, discriminator="place"):
    """Where a customer has signed in, kept under the customer: it leads to the session there."""

    visitor = UnicodeAttribute()
    browser = UnicodeAttribute(default="")
    system = UnicodeAttribute(default="")
    signed_in_at = UTCDateTimeAttribute()
    expires_at = TTLAttribute()


class SignInLink(VisitorPart, discriminator="link"):
    """A one-time link that was sent; ``used_by`` is the visitor who used it."""

    email = UnicodeAttribute()
    next_path = UnicodeAttribute(default="/")
    used_by = UnicodeAttribute(null=True)
    expires_at = TTLAttribute()


class Limit(VisitorPart, discriminator="limit"):
    """How often something was asked for within one window of time."""

    tally = WholeAttribute()
    expires_at = TTLAttribute()


LINK_LASTS = timedelta(minutes=10)


def new_token() -> str:
    """256 random bits for a cookie or a link; only its hash is ever stored."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def customer_of(email: str) -> str:
    """Who a customer is on any device: what is kept under this goes with them."""
    return f"customer#{hashed(email)}"


def visitor_key(visitor: str) -> str:
    """The partition of a visitor, known by the hash of the cookie's token, or of a customer."""
    return f"visitor#{visitor}"
