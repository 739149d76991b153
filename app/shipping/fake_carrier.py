"""A fake carrier that records one parcel for each reference.

It delivers every parcel on the day that it promised, so a tracking code says all there is to know:
``HC``, ten characters of its own, the day of collection, the country.
"""

import hashlib
import re
from datetime import date, timedelta

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, PynamoDBException

from app import clock
from app.persistence.dynamodb import Table, is_condition_failure, is_unavailable, table_name
from app.shipping.carrier import CarrierUnavailable, DeliveryRefused, Parcel, Tracking
from app.shipping.rates import shipping_zone

TRACKING_CODE = re.compile(r"HC[0-9A-F]{10}([0-9]{8})([A-Z]{2})")
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

    def track(self, tracking_code: str, *, today: date) -> Tracking | None:
        """Read the parcel's days from its code. It takes the most days that its zone promises."""
        if not (code := TRACKING_CODE.fullmatch(tracking_code)):
            return None
        _, most_days = shipping_zone(code[2]).days
        try:
            collected_on = date.fromisoformat(code[1])
            delivery_on = collected_on + timedelta(days=most_days)
        except (ValueError, OverflowError):
            return None
        url = f"/sandbox-carrier/{tracking_code}"
        return Tracking(url, collected_on, delivery_on, is_delivered=delivery_on <= today)

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
    day = clock.now().date().isoformat().replace("-", "")
    row = ShipmentRecord(reference, tracking_code=f"HC{digest[:10]}{day}{country}")
    if UNDELIVERABLE_STREET in street.lower():
        row = ShipmentRecord(reference, is_refused=True)
    try:
        row.save(condition=ShipmentRecord.reference.does_not_exist())
    except PutError as error:
        if not is_condition_failure(error):
            raise
        return ShipmentRecord.get(reference, consistent_read=True)
    return row
