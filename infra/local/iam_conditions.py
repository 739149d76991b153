"""Let MiniStack's IAM see the attributes that a DynamoDB write names, as AWS's does.

MiniStack gives a policy only the attributes of a projection, so a condition on
``dynamodb:Attributes`` would allow every write.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ministack.core import iam_actions, iam_evaluator  # type: ignore[import-untyped]

ATTRIBUTES, RETURN_VALUES = "dynamodb:Attributes", "dynamodb:ReturnValues"
EXPRESSIONS = ("ConditionExpression", "UpdateExpression")
MAPPINGS = ("AttributeUpdates", "Expected", "Item", "Key")  # by name; the first two are legacy
WRITES = ("AttributeUpdates", "ConditionExpression", "Item", "UpdateExpression")
# A name or placeholder at the beginning of a path; values begin with a colon.
TOP_LEVEL_NAME = re.compile(r"(?<![.\w#:])(?:#\w+|[A-Za-z_]\w*)(?!\w*\s*\()")
KEYWORDS = {"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"}

# A request with several messages needs the permission for one. Neither has an action of its own:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
GRANTED_BY = {"sns:PublishBatch": "sns:Publish", "sqs:SendMessageBatch": "sqs:SendMessage"}

type Request = Mapping[str, Any]
type Keys = dict[str, Any]


class ItemAction(str):
    """The action of one item of a transaction, with the condition keys of this item."""

    keys: Keys

    @classmethod
    def of(cls, action: str, request: Request) -> "ItemAction":
        it = cls(action)
        it.keys = write_keys(request)
        return it


def write_keys(request: Request) -> Keys:
    """The condition keys of one write; empty for a read."""
    if not any(it in request for it in WRITES):
        return {}
    keys: Keys = {ATTRIBUTES: list(dict.fromkeys(_attributes_of(request)))}
    if "ReturnValues" in request:
        keys[RETURN_VALUES] = request["ReturnValues"]
    return keys


def _attributes_of(request: Request) -> Iterator[str]:
    """The top-level attributes of the key, the item and the expressions."""
    for part in MAPPINGS:
        yield from request.get(part) or ()
    placeholders = request.get("ExpressionAttributeNames") or {}
    for part in EXPRESSIONS:
        for name in TOP_LEVEL_NAME.findall(request.get(part) or ""):
            if name.upper() not in KEYWORDS:
                yield placeholders.get(name, name)


def supply_condition_keys() -> None:
    """Patch MiniStack in this process: single writes, each item of a transaction, and batches."""
    keys_of_request = iam_actions.dynamodb_service_context
    checks_of_transaction = iam_actions.dynamodb_transaction_checks
    evaluate = iam_evaluator.evaluate

    def service_context(body: bytes) -> Keys:
        request = _parse(body)
        tables = request.get("RequestItems")
        if isinstance(tables, dict) and len(tables) == 1:  # each table has a projection of its own
            (of_table,) = tables.values()
            body = json.dumps(of_table).encode()
        return {**keys_of_request(body), **write_keys(request)}

    def transaction_checks(action: str, body: bytes, *where: str) -> list[tuple[str, str]]:
        checks = checks_of_transaction(action, body, *where)
        items = _parse(body).get("TransactItems", ()) if checks else ()
        requests = [request for item in items for request in item.values()]
        # It makes one check of each item, in their order, or the body is one that AWS refuses.
        return [
            (ItemAction.of(item_action, request), arn)
            for (item_action, arn), request in zip(checks, requests, strict=True)
        ]

    def evaluate_with_keys(context: Any, *policies: Any) -> Any:
        context.action = GRANTED_BY.get(context.action, context.action)
        for name, value in getattr(context.action, "keys", {}).items():
            context.service_context[name.lower()] = value
        return evaluate(context, *policies)

    iam_actions.dynamodb_service_context = service_context
    iam_actions.dynamodb_transaction_checks = transaction_checks
    iam_evaluator.evaluate = evaluate_with_keys


def _parse(body: bytes) -> Request:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return {}
    return request if isinstance(request, dict) else {}
