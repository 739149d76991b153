"""The payment gateway: the protocol that a payment provider implements.

``fake_gateway.py`` has the implementation used here.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from app.i18n.messages import lazy_gettext

# Test payment methods like Stripe's test cards: https://docs.stripe.com/testing
PAYMENT_METHODS = {
    "pm_succeeds": lazy_gettext("Payment succeeds"),
    "pm_declined": lazy_gettext("Declined by the bank"),
    "pm_insufficient_funds": lazy_gettext("Insufficient funds"),
    "pm_needs_two_attempts": lazy_gettext("Needs two attempts"),
    "pm_times_out_after_capture": lazy_gettext("Times out, but the payment went through"),
    "pm_provider_down": lazy_gettext("Payment provider is down for a minute"),
}


class GatewayUnavailable(Exception):
    """The outcome is unknown: the payment may be captured. Retry with the same intent."""


class InvalidPaymentRequest(Exception):
    """The provider rejected the request as invalid: a bug and permanent failure, not a decline."""


@dataclass(frozen=True)
class PaymentOutcome:
    """The state of an intent, with the provider's ``decline_code`` if it was declined."""

    state: Literal["open", "captured", "declined", "void"]
    decline_code: str = ""


class PaymentGateway(Protocol):
    """A payment provider. Every method may raise the two exceptions above."""

    def create_intent(self, order_id: str, amount: int, currency: str, method: str) -> str:
        """Create an intent and return its id. Idempotent for a day, by ``order_id``."""
        ...

    def confirm(self, intent_id: str) -> PaymentOutcome:
        """Capture the payment. Idempotent: a captured intent is not captured again.

        A void intent stays void; the outcome has its decline code.
        """
        ...

    def void(self, intent_id: str) -> PaymentOutcome:
        """Void the intent for good. The outcome is "captured" if it was captured before."""
        ...

    def refund(self, intent_id: str) -> str:
        """Refund the whole amount and return the refund's id. Idempotent."""
        ...


def gateway() -> PaymentGateway:
    from app.payments.fake_gateway import FakePaymentGateway  # noqa: PLC0415 (imported late: needs its table only here)

    return FakePaymentGateway()
