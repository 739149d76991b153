"""Why a discount code cannot be used, in words that say what to do."""

from datetime import datetime

from app.discounts.models import Discount
from app.errors import Conflict
from app.i18n.currency import Money
from app.i18n.messages import lazy_gettext


class DiscountRefused(Conflict):
    """The code cannot be used for this order. ``reason`` is a code for programs."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


def refusal(discount: Discount, subtotal: int, *, now: datetime) -> DiscountRefused | None:
    """Why the code cannot be used now for this gross subtotal in cents; None if it can."""
    code = discount.code
    if discount.ended_at or (discount.ends_at and now >= discount.ends_at):
        message = lazy_gettext("The discount code %(code)s has ended.", code=code)
        return DiscountRefused(message, "discount_ended")
    if discount.starts_at and now < discount.starts_at:
        message = lazy_gettext(
            "The discount code %(code)s can be used from %(start)s.",
            code=code,
            start=discount.starts_at,
        )
        return DiscountRefused(message, "discount_not_started")
    if discount.is_used_up:
        message = lazy_gettext("The discount code %(code)s has been used up.", code=code)
        return DiscountRefused(message, "discount_used_up")
    if subtotal < discount.minimum:
        message = lazy_gettext(
            "Add %(amount)s more to use the discount code %(code)s.",
            amount=Money(discount.minimum - subtotal),
            code=code,
        )
        return DiscountRefused(message, "discount_minimum_not_reached")
    return None


def unknown_code(code: str) -> DiscountRefused:
    message = lazy_gettext("There is no discount code %(code)s. Check its spelling.", code=code)
    return DiscountRefused(message, "discount_unknown")


def already_used(discount: Discount) -> DiscountRefused:
    message = lazy_gettext(
        "The discount code %(code)s has already been used with this email address.",
        code=discount.code,
    )
    return DiscountRefused(message, "discount_already_used")
