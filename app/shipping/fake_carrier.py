"""A carrier that drives nowhere but keeps books: one parcel for each reference, for ever."""

import hashlib

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PutError

from app.i18n.messages import said
from app.persistence.dynamodb import Table, in_shop, refused_by_condition
from app.shipping.carrier import CarrierUnavailable, Parcel, Refusal

UNREACHABLE = "nowhere lane"
MOOD = "mood"  # while a row of this name is there, parcels are taken and nobody is told


class ParcelRow(Table):
    """The carrier's own books; the shop never reads them but through the carrier."""

    class Meta:
        table_name = in_shop("carrier-books")

    reference = UnicodeAttribute(hash_key=True)
    tracking_code = UnicodeAttribute(default="")
    refusal = UnicodeAttribute(default="")


class PretendCarrier:
    """Takes every parcel, but for streets called Nowhere Lane."""

    def collect(self, reference: str, street: str, country: str) -> Parcel | Refusal:
        found = _looked_up(reference, MOOD)
        row = found.get(reference) or _book(reference, street, country)
        if MOOD in found:
            raise CarrierUnavailable("no answer")
        return Refusal(row.refusal) if row.refusal else Parcel(row.tracking_code)


def _looked_up(*references: str) -> dict[str, ParcelRow]:
    rows = ParcelRow.batch_get(references, consistent_read=True)
    return {row.reference: row for row in rows}


def _book(reference: str, street: str, country: str) -> ParcelRow:
    digest = hashlib.sha256(reference.encode()).hexdigest().upper()
    row = ParcelRow(reference, tracking_code=f"HC{digest[:10]}{country}")
    if UNREACHABLE in street.lower():
        row = ParcelRow(reference, refusal=said("it does not deliver to this address"))
    try:
        row.save(condition=ParcelRow.reference.does_not_exist())
    except PutError as error:
        if not refused_by_condition(error):
            raise
        return ParcelRow.get(reference, consistent_read=True)
    return row
