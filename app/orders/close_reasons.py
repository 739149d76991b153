"""Why an order was closed without a parcel: the codes, and the sentence for each of them.

Events and rows carry the code. The sentence is made at the edge (page, email), in the reader's
language. A merchant's own words stay in the order's review row and never travel in an event.
"""

from enum import StrEnum

from app.i18n.messages import lazy_gettext


class CloseReason(StrEnum):
    """Machine-readable reason of an ``OrderCancelled`` or ``OrderDeclined`` event."""

    CUSTOMER_REQUEST = "customer_request"
    MERCHANT_REQUEST = "merchant_request"
    REVIEW_REJECTED = "review_rejected"
    REVIEW_TIMED_OUT = "review_timed_out"
    UNDELIVERABLE = "undeliverable"
    CARD_DECLINED = "card_declined"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_DISPUTED = "payment_disputed"


DECLINE_REASONS = (CloseReason.CARD_DECLINED, CloseReason.INSUFFICIENT_FUNDS)
CLOSE_REASON_TEXTS: dict[CloseReason, str] = {
    CloseReason.CUSTOMER_REQUEST: lazy_gettext("You cancelled this order."),
    CloseReason.MERCHANT_REQUEST: lazy_gettext("We're sorry, we had to cancel this order."),
    CloseReason.REVIEW_REJECTED: lazy_gettext("We're sorry, we couldn't accept this order."),
    CloseReason.REVIEW_TIMED_OUT: lazy_gettext(
        "We're sorry, we couldn't review this order in time."
    ),
    CloseReason.UNDELIVERABLE: lazy_gettext("The carrier doesn't deliver to this address."),
    CloseReason.CARD_DECLINED: lazy_gettext("Your bank declined the payment."),
    CloseReason.INSUFFICIENT_FUNDS: lazy_gettext("There weren't enough funds."),
    CloseReason.PAYMENT_FAILED: lazy_gettext("The payment didn't go through."),
    CloseReason.PAYMENT_DISPUTED: lazy_gettext(
        "The payment is disputed at your bank, so we cancelled this order."
    ),
}


def decline_reason(decline_code: str) -> CloseReason:
    """Map the payment provider's decline code; unknown codes become ``PAYMENT_FAILED``.

    Codes are modelled on Stripe's: https://docs.stripe.com/declines/codes
    """
    return (
        CloseReason(decline_code) if decline_code in DECLINE_REASONS else CloseReason.PAYMENT_FAILED
    )


def read_close_reason(code: str | None) -> CloseReason | None:
    """The order's close reason; None while it has none.

    After a rollback, an order may have one that only newer code knows. It is shown as the neutral
    ``MERCHANT_REQUEST``.
    """
    if not code:
        return None
    return CloseReason(code) if code in CloseReason else CloseReason.MERCHANT_REQUEST


def close_reason_text(code: str | None) -> str:
    """The customer's sentence for an order's close reason; empty while the order has none."""
    reason = read_close_reason(code)
    return CLOSE_REASON_TEXTS[reason] if reason else ""
