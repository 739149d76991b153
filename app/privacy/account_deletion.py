"""Deletes the account of a customer: sessions, cart and whatever else is stored under them."""

from datetime import datetime

from app.customers.accounts import DeletedAccount, mark_deleted
from app.customers.models import DeviceSession, VisitorPart, customer_id, visitor_key
from app.customers.sessions import end_all_sessions
from app.privacy.erasure_requests import request_erasure


def delete_account(email: str, session: str, *, now: datetime) -> None:
    """Delete all rows of the customer, and request the erasure of their orders.

    ``session`` is the visitor id that requests it. Its own row is the last to go: after a crash,
    the customer is still signed in and can repeat it, which does the rest. The mark comes first, so
    that no request that is under way stores anything after that; orders are listed once there is no
    cart any more from which another could be placed. Sign-in links that were sent before expire
    after ten minutes, and counters of rate limits after half an hour.
    """
    mark_deleted(customer_id(email), now=now)
    for row in VisitorPart.query(visitor_key(customer_id(email)), consistent_read=True):
        if not isinstance(row, DeviceSession | DeletedAccount):
            row.delete()
    request_erasure(email, session, now=now)
    end_all_sessions(email, current_visitor=session)
