"""Forced outcomes: make the fake payment provider or the fake carrier fail until disabled."""

from typing import TYPE_CHECKING, Any

from app.payments.fake_gateway import FORCED_OUTCOME_ID as PROVIDER_OUTCOME
from app.shipping.fake_carrier import FORCED_OUTCOME_ID as CARRIER_OUTCOME
from infra.local.cloud import LocalCloud
from infra.local.stack import STACK_NAME

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# While forced, every payment behaves as if made with this method.
PAYMENT_METHODS = {
    "provider-declines": "pm_declined",
    "provider-times-out": "pm_times_out_after_capture",
}
PROVIDER, CARRIER = f"{STACK_NAME}-provider-records", f"{STACK_NAME}-carrier-records"
CARRIER_FAULT = "carrier-times-out"


class ForcedOutcomes:
    """Rows among the records of the fake provider and the fake carrier, which they obey."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._dynamodb: DynamoDBClient = cloud.client("dynamodb")

    def active(self) -> set[str]:
        """The names of the active faults."""
        row = self._row(PROVIDER, "record_id", PROVIDER_OUTCOME)
        method = row.get("method", {}).get("S")
        active = {name for name, it in PAYMENT_METHODS.items() if it == method}
        carrier_fails = bool(self._row(CARRIER, "reference", CARRIER_OUTCOME))
        return active | ({CARRIER_FAULT} if carrier_fails else set())

    def set(self, fault: str, *, on: bool) -> None:
        """Enable or disable a fault. The provider has one forced outcome: the last one enabled."""
        if fault == CARRIER_FAULT:
            self._write(CARRIER, {"reference": {"S": CARRIER_OUTCOME}}, {}, on=on)
        elif on or fault in self.active():
            outcome = {"kind": {"S": PROVIDER_OUTCOME}, "method": {"S": PAYMENT_METHODS[fault]}}
            self._write(PROVIDER, {"record_id": {"S": PROVIDER_OUTCOME}}, outcome, on=on)

    def _write(self, table: str, key: Any, attributes: Any, *, on: bool) -> None:
        if on:
            self._dynamodb.put_item(TableName=table, Item=key | attributes)
        else:
            self._dynamodb.delete_item(TableName=table, Key=key)

    def _row(self, table: str, name: str, value: str) -> dict[str, Any]:
        key = {name: {"S": value}}
        try:
            response = self._dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)
        except self._dynamodb.exceptions.ResourceNotFoundException:
            return {}  # not deployed yet
        return dict(response.get("Item", {}))
