"""How the pretend provider and carrier behave: their moods are rows in books of their own."""

from typing import TYPE_CHECKING, Any

from app.payments.fake_gateway import MOOD as PROVIDER_MOOD
from app.shipping.fake_carrier import MOOD as CARRIER_MOOD
from infra.local.cloud import LocalCloud
from infra.local.stack import NAME

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# While such a mood lasts, every payment goes as payments by this method do.
METHOD_OF = {
    "provider-declines": "pm_declined",
    "provider-times-out": "pm_times_out_after_capture",
    "provider-down": "pm_provider_down",
}
PROVIDER, CARRIER = f"{NAME}-provider-books", f"{NAME}-carrier-books"
SILENT = "silent-carrier"


class Moods:
    def __init__(self, cloud: LocalCloud) -> None:
        self._dynamodb: DynamoDBClient = cloud.client("dynamodb")

    def on(self) -> set[str]:
        method = self._row(PROVIDER, "entry", PROVIDER_MOOD).get("method", {}).get("S")
        found = {name for name, it in METHOD_OF.items() if it == method}
        return found | ({SILENT} if self._row(CARRIER, "reference", CARRIER_MOOD) else set())

    def turn(self, fault: str, *, on: bool) -> None:
        """The provider has one mood at a time: the last one that was switched on."""
        if fault == SILENT:
            self._turn(CARRIER, {"reference": {"S": CARRIER_MOOD}}, {}, on=on)
        elif on or fault in self.on():
            mood = {"kind": {"S": "mood"}, "method": {"S": METHOD_OF[fault]}}
            self._turn(PROVIDER, {"entry": {"S": PROVIDER_MOOD}}, mood, on=on)

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
