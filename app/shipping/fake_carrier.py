"""A fake carrier that records one parcel for each reference."""

import hashlib

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, PynamoDBException

from app.persistence.dynamodb import Table, is_condition_failure, is_unavailable, table_name
from app.shipping.carrier import CarrierUnavailable, DeliveryRefused, Parcel

UNDELIVERABLE_STREET = "nowhere lane"
# While a row with this reference exists, parcels are recorded and every call raises.
FORCED_OUTCOME_ID = "forced_outcome"


class ShipmentRecord(Table):
    """A row of the carrier's own table, which only this module reads."""

    class Meta:
        table_name = table_name("carrier-records")

    reference = UnicodeAttribute(hash_key=True)
    tracking_code = UnicodeAttribute(default="")
    is_refused = BooleanAttribute(default=False)


class FakeCarrier:
    """Accepts every parcel except to streets called Nowhere Lane."""

    def collect(self, reference: str, street: str, country: str) -> Parcel | DeliveryRefused:
        try:
            return self._collect(reference, street, country)
        except PynamoDBException as error:
            if is_unavailable(error):  # when its table is away, the carrier is
                raise CarrierUnavailable("no connection") from error
            raise

    def _collect(self, reference: str, street: str, country: str) -> Parcel | DeliveryRefused:
        records = _read_records(reference, FORCED_OUTCOME_ID)
        row = records.get(reference) or _record_parcel(reference, street, country)
        if FORCED_OUTCOME_ID in records:
            raise CarrierUnavailable("no response")
        return DeliveryRefused() if row.is_refused else Parcel(row.tracking_code)


def _read_records(*references: str) -> dict[str, ShipmentRecord]:
    rows = ShipmentRecord.batch_get(references, consistent_read=True)
    return {row.reference: row for row in rows}


def _record_parcel(reference: str, street: str, country: str) -> ShipmentRecord:
    digest = hashlib.sha256(reference.encode()).hexdigest().upper()
    row = ShipmentRecord(reference, tracking_code=f"HC{digest[:10]}{country}")
    if UNDELIVERABLE_STREET in street.lower():
        row = ShipmentRecord(reference, is_refused=True)
    try:
        row.save(condition=ShipmentRecord.reference.does_not_exist())
    except PutError as error:
        if not is_condition_failure(error):
            raise
        return ShipmentRecord.get(reference, consistent_read=True)
    return row
