"""The export of a customer's data: everything that the shop stores about them, for a JSON file.

Right of access and to data portability: https://eur-lex.europa.eu/eli/reg/2016/679/oj (GDPR),
articles 15 and 20.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import to_builtins

from app.cart.models import CartRow, load_cart
from app.customers.models import DeviceSession, VisitorPart, customer_id, visitor_key
from app.customers.sessions import list_sessions
from app.orders.models import Order
from app.orders.queries import OrderDetails, customer_order_keys, load_order_details
from app.orders.return_rows import Return

# Rows under a customer that have a place of their own in the export.
LISTED_ROWS = (DeviceSession, CartRow)
INTERNAL_ATTRIBUTES = frozenset({"owner", "part", "expires_at"})
INTERNAL_LINE_FIELDS = ("image", "stock_shards", "restocked")
RETURN_FIELDS = (
    *("number", "status", "reason", "note", "requested_at", "decided_at", "refusal"),
    *("refusal_reason", "received_at", "amount", "refunded", "refunded_at"),
)
ORDER_FIELDS = (
    *("number", "status", "placed_at", "status_changed_at", "language", "email"),
    *(
        "email_verified",
        "subtotal",
        "discount",
        "discount_code",
        "shipping",
        "total",
        "refunded",
        "currency",
    ),
    *("payment_method", "tracking_code", "close_reason", "delivery_note"),
)


def export_customer(email: str, *, now: datetime) -> dict[str, Any]:
    """All data of the customer with this email, as plain values; amounts are integer cents.

    One Query for each order. Hashes and tokens, from which nothing can be read, are left out.
    """
    cart = load_cart(customer_id(email), now=now)
    return {
        "exported_at": now,
        "profile": {"email": email},
        "devices": list(_devices(email, now)),
        "cart": to_builtins(cart.lines),
        "checkout": cart.draft.values,
        "orders": [_order(load_order_details(it.order_id)) for it in _order_keys(email)],
        "other": list(_other_rows(email)),
    }


def _order_keys(email: str) -> list[Order]:
    return list(customer_order_keys(email))


def _devices(email: str, now: datetime) -> Iterator[dict[str, Any]]:
    for session in list_sessions(email, now=now):
        yield {
            "browser": session.browser.name,
            "system": session.browser.system,
            "signed_in_at": session.signed_in_at,
            "last_seen_at": session.last_seen_at,
        }


def _order(details: OrderDetails) -> dict[str, Any]:
    order = details.order
    addresses = {name: getattr(order, name, None) for name in ("address", "billing_address")}
    return {
        **{name: getattr(order, name, None) for name in ORDER_FIELDS},
        **to_builtins(addresses),
        "lines": [_line(line) for line in to_builtins(order.lines)],
        "events": [{"type": row.type, "at": row.occurred_at} for row in details.events],
        "returns": [_return(row) for row in details.returns],
        "emails": list(_emails(details)),
        "review_comment": details.review.comment if details.review else None,
    }


def _return(row: Return) -> dict[str, Any]:
    lines = [_line(line) for line in to_builtins(row.lines)]
    return {**{name: getattr(row, name) for name in RETURN_FIELDS}, "lines": lines}


def _line(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name not in INTERNAL_LINE_FIELDS}


def _emails(details: OrderDetails) -> Iterator[dict[str, Any]]:
    """The emails that were sent about the order, with the type of the event that each reports."""
    types = {row.part.split("#")[1]: row.type for row in details.events}
    for row in details.email_deliveries:
        event_id = row.part.split("#")[1]
        if row.sent:
            yield {"about": types.get(event_id.rpartition("-")[2]), "sent_at": row.at}


def _other_rows(email: str) -> Iterator[dict[str, Any]]:
    """Rows of further kinds that are stored under the customer, as they are."""
    for row in VisitorPart.query(visitor_key(customer_id(email)), consistent_read=True):
        if not isinstance(row, LISTED_ROWS):
            values = row.attribute_values
            yield {
                name: to_builtins(value)
                for name, value in values.items()
                if name not in INTERNAL_ATTRIBUTES and not isinstance(value, type)
            } | {"kind": type(row).__name__}
