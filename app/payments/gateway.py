"""The payment provider, as the shop needs one; ``pretend.py`` has the pretend version."""

from dataclasses import dataclass
from typing import Literal, Protocol

from app.i18n.messages import said

# The provider's test methods, in the manner of Stripe's test cards. No card number is ever typed.
METHODS = {
    "pm_succeeds": said("Succeeds"),
    "pm_declined": said("Declined by the bank"),
    "pm_insufficient_funds": said("Insufficient funds"),
    "pm_needs_two_attempts": said("Needs two attempts"),
    "pm_times_out_after_capture": said("Times out after the money moved"),
    "pm_provider_down": said("Provider down for a minute"),
}


class GatewayUnavailable(Exception):
    """The answer is unknown: the money may or may not have moved. Read the intent, then decide."""


class GatewayRefused(Exception):
    """The provider does not understand us; trying again cannot help. A bug, not a decline."""


@dataclass(frozen=True)
class Verdict:
    """What became of an intent. ``reason`` is the provider's code for a decline."""

    state: Literal["open", "captured", "declined", "void"]
    reason: str = ""


class PaymentGateway(Protocol):
    """Whoever moves the money. Every call may raise ``GatewayUnavailable``."""

    def create_intent(self, order_id: str, amount: int, currency: str, method: str) -> str:
        """Announce a payment; no money moves. Repeats within a day give the same intent's id."""
        ...

    def confirm(self, intent_id: str) -> Verdict:
        """Move the money of this intent. Confirming a captured intent again moves nothing.

        A void intent stays void, for ever, and tells why.
        """
        ...

    def void(self, intent_id: str) -> Verdict:
        """Make sure that this intent never moves money. Answers "captured" when it is too late."""
        ...

    def refund(self, intent_id: str) -> str:
        """Give all of it back; the same intent again is the same refund, whose id is answered."""
        ...


def gateway() -> PaymentGateway:
    from app.payments.fake_gateway import PretendGateway  # noqa: PLC0415 (its table is only for this)

    return PretendGateway()
