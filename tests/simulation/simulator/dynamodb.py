"""DynamoDB in this process: the emulator's own code, called without a network.

Conditions, transactions, indexes and streams are therefore the emulator's, which the tests in
``tests/integration/wiring`` compare with AWS. A call takes a tenth of the time.
"""

import json
import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError
from ministack.services import dynamodb  # type: ignore[import-untyped]

from app.verification.snapshot import Row
from infra.build.bundles import ROOT
from infra.local.packaging import read_template

STACK_NAME = "hearth-and-clay"
READS = {"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"}

type Item = dict[str, dict[str, Any]]


def _copy(value: Any) -> Any:
    """A deep copy of JSON-like data, as a round trip through JSON makes it, only much faster."""
    if isinstance(value, dict):
        return {key: child if type(child) is str else _copy(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [child if type(child) is str else _copy(child) for child in value]
    return str(value) if isinstance(value, Enum) else value


def _speed_up_emulator() -> None:
    """Skip work of the emulator's HTTP interface that takes most of its time in this process.

    Responses stay dictionaries instead of JSON, and each expression is parsed once.
    """
    tokenize = cache(dynamodb._tokenize)
    dynamodb.copy = SimpleNamespace(deepcopy=_copy)
    dynamodb.json_response = lambda data, status=200, **_: (status, {}, data)
    dynamodb._tokenize = lambda expression: [*tokenize(expression)]
    dynamodb._condition_syntax_error = cache(dynamodb._condition_syntax_error)


_speed_up_emulator()


@cache
def template() -> dict[str, Any]:
    return read_template(ROOT / "infra/template.yaml")


@cache
def resources(kind: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of a type, by logical id. Do not modify them."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template()["Resources"].items()
        if resource["Type"] == kind
    }


def parameter(value: Any) -> int:
    """A number of the template, or the default of the parameter that it refers to."""
    if isinstance(value, dict):
        value = template()["Parameters"][value["Ref"]]["Default"]
    return int(value)


def rate_seconds(name: str) -> int:
    """The default of a parameter such as ``rate(5 minutes)``."""
    rate: str = template()["Parameters"][name]["Default"]
    (minutes,) = re.findall(r"rate\((\d+) minutes?\)", rate)
    return 60 * int(minutes)


class Store:
    """The template's tables. ``writes`` counts the calls that may have changed a row."""

    def __init__(self) -> None:
        self.writes = 0
        self._plain: dict[int, tuple[Item, Row]] = {}
        for properties in resources("AWS::DynamoDB::Table").values():
            _create_table(properties)

    def clear(self) -> None:
        """Delete all rows and stream records."""
        for properties in resources("AWS::DynamoDB::Table").values():
            dynamodb._delete_table({"TableName": _table_name(properties)})
            _create_table(properties)
        dynamodb._txn_idempotency.clear()
        dynamodb._closed_streams.clear()
        self._plain.clear()

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Execute an operation; raises ``ClientError`` as botocore would."""
        execute = getattr(dynamodb, _snake_case(operation))
        status, _, body = execute(_copy(parameters))
        if status != 200:
            raise _client_error(operation, json.loads(body))
        self.writes += operation not in READS
        response: dict[str, Any] = _copy(body)
        return response

    def rows(self, table: str) -> list[Row]:
        """Every row of a table as plain values; unchanged rows are not converted again."""
        partitions = dynamodb._tables[f"{STACK_NAME}-{table}"]["items"].values()
        return [self._row(item) for partition in partitions for item in partition.values()]

    def partition(self, table: str, key: str) -> list[Row]:
        """The rows of one partition as plain values."""
        items = dynamodb._tables[f"{STACK_NAME}-{table}"]["items"].get(key, {})
        return [self._row(item) for item in items.values()]

    def changes(self, since: int) -> list[dict[str, Any]]:
        """The stream records of the orders table, from a position on."""
        table = f"{STACK_NAME}-orders"
        records: list[dict[str, Any]] = dynamodb.stream_records_since(table, since, 1_000_000)
        return records

    def _row(self, item: Item) -> Row:
        known = self._plain.get(id(item))
        if known is None or known[0] is not item:
            known = self._plain[id(item)] = item, dict(_plain_values(item))
        return known[1]


@cache
def shared_store() -> Store:
    """The store of this process: the emulator keeps its tables in module globals."""
    return Store()


def _plain_values(item: Item) -> Iterator[tuple[str, Any]]:
    """As ``app.verification.plain``, for the few types that the app uses, ten times as fast."""
    for name, attribute in item.items():
        ((kind, value),) = attribute.items()
        yield name, int(value) if kind == "N" else None if kind == "NULL" else value


def _create_table(properties: dict[str, Any]) -> None:
    known = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
    parameters = {name: properties[name] for name in known if name in properties}
    if stream := properties.get("StreamSpecification"):
        parameters["StreamSpecification"] = stream | {"StreamEnabled": True}
    status, _, body = dynamodb._create_table(
        _copy(parameters | {"TableName": _table_name(properties)})
    )
    assert status == 200, body


def _table_name(properties: dict[str, Any]) -> str:
    name: str = properties["TableName"]["Fn::Sub"]
    return name.replace("${AWS::StackName}", STACK_NAME)


@cache
def _snake_case(operation: str) -> str:
    return "_" + re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


def _client_error(operation: str, response: dict[str, Any]) -> ClientError:
    code = response["__type"].rpartition("#")[2]
    details = {
        key: value for key, value in response.items() if key not in ("__type", "message", "Message")
    }
    message = response.get("message") or response.get("Message") or ""
    error: Any = {"Error": {"Code": code, "Message": message}, **details}
    return ClientError(error, operation)
