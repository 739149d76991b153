"""Forced outcomes: make the fake payment provider or the fake carrier fail until switched off."""

from typing import TYPE_CHECKING, Any

from app.payments.fake_gateway import FORCED_OUTCOME_ID as PROVIDER_OUTCOME
from app.shipping.fake_carrier import FORCED_OUTCOME_ID as CARRIER_OUTCOME
from infra.local.cloud import LocalCloud
from infra.local.stack import NAME

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# While forced, every payment behaves as if made with this method.
METHOD_OF = {
    "provider-declines": "pm_declined",
    "provider-times-out": "pm_times_out_after_capture",
    "provider-down": "pm_provider_down",
}
PROVIDER, CARRIER = f"{NAME}-provider-records", f"{NAME}-carrier-records"
SILENT = "silent-carrier"


class ForcedOutcomes:
    def __init__(self, cloud: LocalCloud) -> None:
        self._dynamodb: DynamoDBClient = cloud.client("dynamodb")

    def on(self) -> set[str]:
        method = self._row(PROVIDER, "record_id", PROVIDER_OUTCOME).get("method", {}).get("S")
        found = {name for name, it in METHOD_OF.items() if it == method}
        return found | ({SILENT} if self._row(CARRIER, "reference", CARRIER_OUTCOME) else set())

    def turn(self, fault: str, *, on: bool) -> None:
        """Switch a fault on or off. The provider has one forced outcome: the one switched on last."""
        if fault == SILENT:
            self._turn(CARRIER, {"reference": {"S": CARRIER_OUTCOME}}, {}, on=on)
        elif on or fault in self.on():
            outcome = {"kind": {"S": PROVIDER_OUTCOME}, "method": {"S": METHOD_OF[fault]}}
            self._turn(PROVIDER, {"record_id": {"S": PROVIDER_OUTCOME}}, outcome, on=on)

    def _turn(self, table: str, key: Any, rest: Any, *, on: bool) -> None:
        if on:
            self._dynamodb.put_item(TableName=table, Item=key | rest)
        else:
            self._dynamodb.delete_item(TableName=table, Key=key)

    def _row(self, table: str, name: str, value: str) -> dict[str, Any]:
        key = {name: {"S": value}}
        try:
            found = self._dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)
        except self._dynamodb.exceptions.ResourceNotFoundException:
            return {}  # nothing is deployed yet
        return dict(found.get("Item", {}))
