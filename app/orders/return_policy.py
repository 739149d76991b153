"""The shop's promise about returns: until when, where to, and the codes of reasons."""

from datetime import timedelta
from enum import StrEnum

from app.orders.models import Address

RETURN_WINDOW = timedelta(days=30)  # after shipping: until then a customer can ask for a return
PARCEL_WINDOW = timedelta(days=30)  # after the approval: until then the parcel must be received
# Where customers send what they return. The shop is a demo: no parcel is received there.
RETURN_ADDRESS = Address(
    "Hearth & Clay", "Töpfergasse 1", "Höhr-Grenzhausen", "56203", "", "DE", company="Retouren"
)


class ReturnReason(StrEnum):
    """Why the customer returns something; the pages have words for each code."""

    CHANGED_MIND = "changed_mind"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    OTHER = "other"


class RefusalReason(StrEnum):
    MERCHANT_DECISION = "merchant_decision"
    NOT_RECEIVED = "not_received"
