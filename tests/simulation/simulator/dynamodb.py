"""DynamoDB in this process: the local cloud's own code, called without a network in between.

So conditions, transactions, indexes and streams are those of the emulator, which has its own tests
against AWS, and a call takes a tenth of the time.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.exceptions import ClientError
from ministack.services import dynamodb  # type: ignore[import-untyped]

from app.verification.snapshot import Row
from infra.build.bundles import ROOT
from infra.local.packaging import read

SHOP = "hearth-and-clay"
READS = {"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"}

type Item = dict[str, dict[str, Any]]


@cache
def template() -> dict[str, Any]:
    return read(ROOT / "infra/template.yaml")


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of a kind, by their name in the template."""
    found = template()["Resources"].items()
    return {name: it.get("Properties", {}) for name, it in found if it["Type"] == kind}


class Store:
    """The template's tables. ``writes`` counts the calls that may have changed something."""

    def __init__(self) -> None:
        self.writes = 0
        self._plain: dict[int, tuple[Item, Row]] = {}
        for properties in resources("AWS::DynamoDB::Table").values():
            _create(properties)

    def clear(self) -> None:
        """As on the first day; the tables stay."""
        for properties in resources("AWS::DynamoDB::Table").values():
            dynamodb._delete_table({"TableName": _name(properties)})
            _create(properties)
        dynamodb._txn_idempotency.clear()
        dynamodb._closed_streams.clear()
        self._plain.clear()

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Raises what botocore would raise of the same answer."""
        act = getattr(dynamodb, _snake(operation))
        status, _, body = act(json.loads(json.dumps(parameters)))
        answer: dict[str, Any] = json.loads(body)
        if status != 200:
            raise _error(operation, answer)
        self.writes += operation not in READS
        return answer

    def rows(self, table: str) -> list[Row]:
        """Every row of a table, plain; one that has not changed since is not read again."""
        found = dynamodb._tables[f"{SHOP}-{table}"]["items"].values()
        return [self._row(item) for partition in found for item in partition.values()]

    def changes(self, since: int) -> list[dict[str, Any]]:
        """The records of the orders table's stream from a position on."""
        table = f"{SHOP}-orders"
        records: list[dict[str, Any]] = dynamodb.stream_records_since(table, since, 1_000_000)
        return records

    def _row(self, item: Item) -> Row:
        kept = self._plain.get(id(item))
        if kept is None or kept[0] is not item:
            kept = self._plain[id(item)] = item, dict(_values(item))
        return kept[1]


@cache
def the_store() -> Store:
    """The one of this process: the local cloud's tables are its own modules' state."""
    return Store()


def _values(item: Item) -> Iterator[tuple[str, Any]]:
    """As `app.verification.plain`, for the few types that the shop uses, in a tenth of its time."""
    for name, value in item.items():
        ((kind, it),) = value.items()
        yield name, int(it) if kind == "N" else None if kind == "NULL" else it


def _create(properties: dict[str, Any]) -> None:
    known = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
    wanted = {name: properties[name] for name in known if name in properties}
    if stream := properties.get("StreamSpecification"):
        wanted["StreamSpecification"] = stream | {"StreamEnabled": True}
    status, _, body = dynamodb._create_table(
        json.loads(json.dumps(wanted | {"TableName": _name(properties)}))
    )
    assert status == 200, body


def _name(properties: dict[str, Any]) -> str:
    name: str = properties["TableName"]["Fn::Sub"]
    return name.replace("${AWS::StackName}", SHOP)


@cache
def _snake(operation: str) -> str:
    return "_" + re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


def _error(operation: str, answer: dict[str, Any]) -> ClientError:
    code = answer["__type"].rpartition("#")[2]
    told = {key: it for key, it in answer.items() if key not in ("__type", "message", "Message")}
    message = answer.get("message") or answer.get("Message") or ""
    response: Any = {"Error": {"Code": code, "Message": message}, **told}
    return ClientError(response, operation)
