"""R2: a function calls the orders table as its role allows: each attribute it reads or writes."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from app.verification import Violation
from infra.local.iam_conditions import ATTRIBUTES, write_keys
from tests.simulation.simulator.dynamodb import STACK_NAME, resources

FUNCTION = "AWS::Serverless::Function"
TABLE, ORDERS = {"Fn::GetAtt": ["OrdersTable", "Arn"]}, f"{STACK_NAME}-orders"
ITEM_ACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
CHECKED = {"GetItem", *ITEM_ACTIONS.values()}
FAILED_EXECUTIONS, RECONCILE = "failed-executions", "reconcile"  # the queue's worker

type Request = Mapping[str, Any]


def unauthorized_calls(invocation: str, operation: str, request: Request) -> Iterator[Violation]:
    """What IAM would deny to a function. Actors call as the web function, which may do all this."""
    function = invocation.split(" ", maxsplit=1)[0].replace(FAILED_EXECUTIONS, RECONCILE)
    if function not in _names():
        return
    for action, item in _items(operation, request):
        names = _attributes(item)
        if item["TableName"] == ORDERS and not any(
            allowed is None or (names and names <= allowed) for allowed in _grants(function, action)
        ):
            yield Violation("R2", function, f"its role denies {action} of {sorted(names)}.")


def _items(operation: str, request: Request) -> Iterator[tuple[str, Request]]:
    if operation in CHECKED:
        yield operation, request
    for item in request.get("TransactItems", ()):
        for kind, part in item.items():
            yield ITEM_ACTIONS.get(kind, "ConditionCheckItem"), part


def _attributes(item: Request) -> set[str]:
    """The attributes that a write names, or a read projects; empty if a read returns all."""
    placeholders = item.get("ExpressionAttributeNames", {})
    projected = item.get("ProjectionExpression", "")
    read = {placeholders.get(it.strip(), it.strip()) for it in projected.split(",") if it.strip()}
    return read | set(write_keys(item).get(ATTRIBUTES, ()))


@cache
def _names() -> Mapping[str, Any]:
    """The functions' properties by their names without the stack's."""
    prefix = "${AWS::StackName}-"
    return {
        it["FunctionName"]["Fn::Sub"].removeprefix(prefix): it
        for it in resources(FUNCTION).values()
    }


@cache
def _grants(function: str, action: str) -> tuple[frozenset[str] | None, ...]:
    """The attributes that each statement allows for this action on the table; None for all."""
    return tuple(
        _allowed_attributes(statement)
        for policy in _names()[function]["Policies"]
        for statement in policy["Statement"]
        if f"dynamodb:{action}" in _list(statement["Action"])
        and TABLE in _list(statement["Resource"])
    )


def _allowed_attributes(statement: Request) -> frozenset[str] | None:
    condition = statement.get("Condition", {}).get("ForAllValues:StringEquals", {})
    return frozenset(condition[ATTRIBUTES]) if ATTRIBUTES in condition else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
