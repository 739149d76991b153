"""The checkout draft: what a customer entered at the checkout, kept with the cart.

It makes a purchase one until it is paid: after a declined payment the checkout is filled in again.
It stays for the next purchase. It never has card data, and ends with the cart's time to live.
"""

from msgspec import Struct, structs

MAX_ATTEMPTS = 10


class DeclinedPayment(Struct, frozen=True):
    """The order whose payment was declined, with the code of the reason."""

    order_id: str
    number: str
    reason: str


class CheckoutDraft(Struct, frozen=True, omit_defaults=True):
    """``values`` are fields of the checkout form, each of them valid.

    ``declined`` is the last payment of this purchase, while another one is to be tried.
    ``attempts`` are the ids of the purchase's orders, oldest first: one for each payment.
    ``discount_code`` is the code of this purchase; the next purchase begins without one.
    """

    values: dict[str, str] = {}
    declined: DeclinedPayment | None = None
    attempts: tuple[str, ...] = ()
    discount_code: str = ""

    @property
    def email(self) -> str:
        return self.values.get("email", "")

    def placed(self, order_id: str, values: dict[str, str]) -> "CheckoutDraft":
        """The draft after an order was placed: the next attempt, or a new purchase."""
        earlier = self.attempts if self.declined else ()
        return CheckoutDraft(values, attempts=(*earlier, order_id)[-MAX_ATTEMPTS:])

    def retrying(
        self, declined: DeclinedPayment, values: dict[str, str], discount_code: str = ""
    ) -> "CheckoutDraft":
        """The draft for another payment of the declined order."""
        is_known = declined.order_id in self.attempts
        attempts = self.attempts if is_known else (declined.order_id,)
        return CheckoutDraft(values, declined, attempts, discount_code)

    def later_attempt(self, order_id: str) -> str:
        """The order of the same purchase that was placed after this one, or ""."""
        is_superseded = order_id in self.attempts[:-1]
        return self.attempts[-1] if is_superseded else ""

    def with_values(self, values: dict[str, str]) -> "CheckoutDraft":
        return structs.replace(self, values=values)

    def with_discount_code(self, code: str) -> "CheckoutDraft":
        return structs.replace(self, discount_code=code)

    def without_decline(self) -> "CheckoutDraft":
        """The draft of another purchase: the lines of the declined one are gone from the cart."""
        return structs.replace(self, declined=None)


EMPTY_DRAFT = CheckoutDraft()
