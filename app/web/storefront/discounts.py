"""The discount code of a cart: entering and removing it, on the pages of cart and checkout."""

from dataclasses import dataclass, replace
from datetime import datetime

from fastapi import Response

from app.cart.models import save_draft
from app.cart.pricing import PricedCart, apply_discount_code, price_cart
from app.cart.visitor import Visitor
from app.discounts.entry import enter_code
from app.discounts.refusals import DiscountRefused
from app.errors import RateLimited, ShopError, ValidationFailed
from app.form_fields import Submitted
from app.web.http.errors import add_retry_after, status_code
from app.web.http.forms import without_card_numbers

FIELD = "new_discount_code"  # typed, while ``discount_code`` is the applied one
REFUSED = "refused_discount_code"  # the text of the field when it was refused
# The code stays with the cart: it is used as soon as the cart has more in it.
MINIMUM_NOT_REACHED = "discount_minimum_not_reached"


@dataclass(frozen=True)
class DiscountEntry:
    """The field for a code: what was typed, and why it was refused.

    ``has_changed`` is true right after a code was entered or removed.
    """

    text: str = ""
    refused: ShopError | None = None
    has_changed: bool = False

    @property
    def error(self) -> str:
        if isinstance(self.refused, ValidationFailed):
            return next(iter(self.refused.errors.values()), self.refused.message)
        return self.refused.message if self.refused else ""

    @property
    def status(self) -> int:
        return status_code(self.refused) if self.refused else 200

    def finish(self, response: Response, *, swap: str) -> Response:
        """The response with what a refusal needs; htmx swaps it too, in this way."""
        if self.refused:
            response.headers["HX-Reswap"] = swap
            return add_retry_after(self.refused, response)
        return response


def has_new_code(submitted: Submitted) -> bool:
    """Whether the checkout has a code that was neither applied nor refused yet."""
    text = submitted.get(FIELD, "").strip()
    return bool(text) and text != submitted.get(REFUSED, "").strip()


def price_visitor_cart(
    visitor: Visitor, now: datetime, language: str = "en", email: str = ""
) -> PricedCart:
    """The visitor's cart with current prices, and with its discount code if it has one.

    ``email`` is the one that the checkout form has, if it is valid.
    """
    draft = visitor.cart.draft
    known_email = email or visitor.email or draft.email
    cart = price_cart(visitor.cart, now, language)
    return apply_discount_code(cart, draft.discount_code, now=now, email=known_email)


def change_discount_code(
    visitor: Visitor, submitted: Submitted, caller: str, *, now: datetime
) -> tuple[Visitor, DiscountEntry]:
    """The visitor with the code that was entered, or without the one that was removed.

    The code is saved with the cart, unless it is refused.
    """
    text = submitted.get(FIELD, "")
    try:
        code = "" if "remove" in submitted else _enter(visitor, text, caller, now)
    except (ValidationFailed, DiscountRefused, RateLimited) as refused:
        shown = without_card_numbers(submitted).get(FIELD, "")
        return visitor, DiscountEntry(shown, refused)
    changed = _with_code(visitor, code)
    save_draft(visitor.owner, visitor.cart, changed.cart.draft)
    return changed, DiscountEntry(has_changed=True)


def _enter(visitor: Visitor, text: str, caller: str, now: datetime) -> str:
    """The code if this cart may have it. Raises the reason if not."""
    try:
        code = enter_code(text, caller, now=now)
    except ValueError as error:
        raise ValidationFailed(error.args[0], field=FIELD) from None
    refusal = price_visitor_cart(_with_code(visitor, code), now).refusal
    if refusal and refusal.reason != MINIMUM_NOT_REACHED:
        raise refusal
    return code


def _with_code(visitor: Visitor, code: str) -> Visitor:
    draft = visitor.cart.draft.with_discount_code(code)
    return replace(visitor, cart=visitor.cart.with_draft(draft))
