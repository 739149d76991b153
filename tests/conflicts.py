"""Simulates DynamoDB's transaction conflicts, which the emulator never reports."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from app.persistence.dynamodb import connection

TRANSACTION = "TransactWriteItems"


@contextmanager
def transaction_conflicts(
    share: float, *, seed: int = 1, operation: str = TRANSACTION, contested: int | None = None
) -> Iterator[list[int]]:
    """Refuse this share of calls before anything is written; yields the number of writes of each.

    The error of a transaction names one of its rows as the one that conflicts: the one at the
    position ``contested``, or a random one.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
    """
    chance, refused = random.Random(seed), list[int]()

    def refuse(params: dict[str, Any], **_: object) -> Any:
        if chance.random() >= share:
            return None
        writes = len(json.loads(params["body"]).get("TransactItems", [None]))
        refused.append(writes)
        row = chance.randrange(writes) if contested is None else contested
        answer = _cancelled_error(writes, row) if operation == TRANSACTION else _conflict_error()
        return AWSResponse("", 400, HTTPHeaders(), None), answer

    hooks = connection().client.meta.events
    hook = f"before-call.dynamodb.{operation}"
    hooks.register(hook, refuse)
    try:
        yield refused
    finally:
        hooks.unregister(hook, refuse)


def _conflict_error() -> dict[str, Any]:
    return {
        "Error": {"Code": "TransactionConflictException", "Message": "Transaction is ongoing"},
        "ResponseMetadata": {"HTTPStatusCode": 400, "HTTPHeaders": {}},
    }


def _cancelled_error(writes: int, contested: int) -> dict[str, Any]:
    reasons = [{"Code": "None"} for _ in range(writes)]
    reasons[contested] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing"}
    return {
        "Error": {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"},
        "CancellationReasons": reasons,
        "ResponseMetadata": {"HTTPStatusCode": 400, "HTTPHeaders": {}},
    }
