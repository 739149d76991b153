"""The payment gateway: the protocol that a payment provider implements.

``fake_gateway.py`` has the implementation used here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from msgspec import Struct

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

# As at Stripe: https://docs.stripe.com/api/idempotent_requests
IDEMPOTENCY_KEY_LIFETIME = timedelta(hours=24)

type DisputeState = Literal["", "open", "won", "lost"]
AT_BANK: tuple[DisputeState, ...] = ("open", "lost")  # disputes of which the bank has the money


class GatewayUnavailable(Exception):
    """The outcome is unknown: the payment may be captured. Retry with the same intent."""


class InvalidPaymentRequest(Exception):
    """The provider rejected the request as invalid: a bug and permanent failure, not a decline."""


class PaymentDisputed(Exception):
    """The bank has taken the money back, until it decides the dispute or for good: no refund."""


@dataclass(frozen=True)
class PaymentOutcome:
    """The state of an intent, with the provider's ``decline_code`` if it was declined.

    A payment that was refunded as a whole (``is_refunded``) is "captured" as well.
    """

    state: Literal["open", "captured", "declined", "void"]
    decline_code: str = ""
    is_refunded: bool = False


class ProviderRefund(Struct, frozen=True, omit_defaults=True):
    """A refund of a payment or of a part of it, in cents.

    ``reference`` is the caller's own key, which the provider keeps as metadata for ever. ``by`` is
    who made the refund, if it was no call of ours.
    """

    id: str
    amount: int
    at: datetime
    reference: str = ""
    by: str = ""


@dataclass(frozen=True)
class ProviderPayment:
    """What the provider knows about an intent. ``amount`` is in cents."""

    intent_id: str
    order_id: str
    amount: int
    currency: str
    method: str
    is_captured: bool
    refunds: tuple[ProviderRefund, ...] = ()
    dispute: DisputeState = ""

    @property
    def refunded(self) -> int:
        """The sum of all refunds, which is at most the amount."""
        return sum(refund.amount for refund in self.refunds)

    @property
    def refundable(self) -> int:
        """What can still be returned. A lost dispute has returned everything."""
        return 0 if self.dispute == "lost" else self.amount - self.refunded

    @property
    def is_refunded(self) -> bool:
        """Whether all of it was refunded."""
        return self.is_captured and self.refunded >= self.amount

    def refund_with(self, reference: str) -> ProviderRefund | None:
        return next((it for it in self.refunds if it.reference == reference), None)

    @property
    def is_at_bank(self) -> bool:
        """Whether the bank has taken the money back, for good or until it decides a dispute."""
        return self.dispute in AT_BANK


class PaymentGateway(Protocol):
    """A payment provider.

    Every method may raise ``GatewayUnavailable`` and ``InvalidPaymentRequest``.
    """

    def create_intent(self, order_id: str, amount: int, currency: str, method: str) -> str:
        """Create an intent and return its id.

        Idempotent by ``order_id`` for ``IDEMPOTENCY_KEY_LIFETIME``. The intent's metadata has the
        ``order_id``.
        """
        ...

    def find_intent(self, order_id: str) -> str | None:
        """The id of the order's intent, by its metadata: the captured one if there are several."""
        ...

    def retrieve(self, intent_id: str) -> ProviderPayment:
        """The present state of the intent, whether our calls changed it or not."""
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
        """Refund all that is not refunded yet, and return the id of the last refund. Idempotent.

        Raises ``PaymentDisputed`` while a dispute is open, and after it was lost: a refund as well
        would return the money twice.
        """
        ...

    def refund_part(self, intent_id: str, amount: int, reference: str) -> ProviderRefund:
        """Refund a part of the amount: https://docs.stripe.com/refunds

        Idempotent by ``reference`` for ``IDEMPOTENCY_KEY_LIFETIME``. Raises ``PaymentDisputed``,
        and ``InvalidPaymentRequest`` for more than is left, or for another amount than before.
        """
        ...


def gateway() -> PaymentGateway:
    from app.payments.fake_gateway import FakePaymentGateway  # noqa: PLC0415 (imported late: needs its table only here)

    return FakePaymentGateway()
