"""A return in the customer's words: how it stands, and what happens next."""

from app.i18n.currency import Money
from app.i18n.messages import lazy_gettext
from app.orders.return_policy import RefusalReason, ReturnReason
from app.orders.return_rows import Return, ReturnStatus
from app.shop_time import shop_day

REASONS: dict[ReturnReason, str] = {
    ReturnReason.CHANGED_MIND: lazy_gettext("I changed my mind"),
    ReturnReason.DAMAGED: lazy_gettext("It arrived damaged"),
    ReturnReason.WRONG_ITEM: lazy_gettext("It's not what I ordered"),
    ReturnReason.NOT_AS_DESCRIBED: lazy_gettext("It's different from its description"),
    ReturnReason.OTHER: lazy_gettext("Another reason"),
}
TITLES: dict[str, str] = {
    ReturnStatus.REQUESTED: lazy_gettext("Return requested"),
    ReturnStatus.APPROVED: lazy_gettext("Return approved"),
    ReturnStatus.RECEIVED: lazy_gettext("Return received"),
    ReturnStatus.REFUSED: lazy_gettext("Return closed"),
    ReturnStatus.REFUNDED: lazy_gettext("Return refunded"),
}


def return_title(row: Return) -> str:
    return TITLES[row.status]


def return_text(row: Return) -> str:
    """How the return stands, and what the customer does next."""
    match row.status:
        case ReturnStatus.REQUESTED:
            return lazy_gettext(
                "Please keep the items until we've answered. We'll email you where to send them."
            )
        case ReturnStatus.APPROVED:
            return lazy_gettext(
                "Send the items by %(day)s to the address below, and write the order number on "
                "the parcel. When we've checked them, we refund you.",
                day=shop_day(row.next_check_at) if row.next_check_at else "",
            )
        case ReturnStatus.RECEIVED:
            return lazy_gettext(
                "We've received your items. We're refunding %(amount)s to your original payment "
                "method.",
                amount=Money(row.amount or 0),
            )
        case ReturnStatus.REFUSED:
            return _refusal_text(row)
        case _:
            return _refund_text(row)


def _refusal_text(row: Return) -> str:
    if row.refusal_reason == RefusalReason.NOT_RECEIVED:
        return lazy_gettext(
            "They didn't arrive in time, so we've closed the return. If you've sent them, please "
            "write to us."
        )
    return lazy_gettext("We can't accept your return.")


def _refund_text(row: Return) -> str:
    if not row.refunded:
        return lazy_gettext(
            "This payment had been refunded before, so there is nothing more to refund."
        )
    return lazy_gettext(
        "We've refunded %(amount)s to your original payment method. "
        "It may take a few days to appear.",
        amount=Money(row.refunded),
    )
