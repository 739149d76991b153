"""The event of a debugged invocation: read from JSON, or made for a page or an order."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ulid import ULID

from app.aws.table_reader import TableReader
from infra.local.cloud import LocalCloud
from infra.local.stack import STACK_NAME
from infra.user_error import UserError

# The consumers of order events, and the prefix of the workflow's steps.
CONSUMERS = ("workers.email", "workers.analytics", "workers.inventory", "workers.fulfillment")
STEPS, WEB = "workflow.", "app.lambda_handler"


def make_event(cloud: LocalCloud, handler: str, environment: Mapping[str, str], text: str) -> Any:
    """The event that ``text`` means for a handler.

    A path that begins with ``/`` is a GET request to the web function, an order's id is the input
    of a workflow step or a batch of all its events, and everything else the name of a JSON file.
    Raises ``UserError`` if it is none of these.
    """
    module = handler.rpartition(".")[0]
    if module == WEB and text.startswith("/"):
        return http_request(text, environment)
    if text.endswith(".json"):
        return _read_file(Path(text))
    if module.startswith(STEPS):
        return {"order_id": text, "traceparent": ""}
    if module in CONSUMERS:
        return sqs_batch(_event_bodies(cloud, text))
    raise UserError(f"{handler} takes a JSON file with its event, not {text!r}.")


def http_request(path: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """A GET request in the format 2.0 of an HTTP API, with the secret of CloudFront.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    path, _, query = path.partition("?")
    host = environment.get("BASE_URL", "").rpartition("/")[2] or "localhost"
    secrets = json.loads(environment.get("ORIGIN_SECRET") or "{}")
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": host, "x-origin-secret": next(iter(secrets.values()), "")},
        "requestContext": {
            "http": {"method": "GET", "path": path, "sourceIp": "127.0.0.1"},
            "requestId": f"debug-{ULID()}",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }


def sqs_batch(bodies: list[str]) -> dict[str, Any]:
    """The batch of a queue with raw message delivery: each body is an order event."""
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": str(int(time.time() * 1_000))}
    return {
        "Records": [
            {
                "messageId": str(ULID()),
                "receiptHandle": "debug",
                "body": body,
                "attributes": attributes,
                "messageAttributes": {},
                "eventSource": "aws:sqs",
            }
            for body in bodies
        ]
    }


def _event_bodies(cloud: LocalCloud, order_id: str) -> list[str]:
    reader = TableReader(cloud.client("dynamodb"), STACK_NAME)
    rows = reader.query("orders", "order_id = :id", {":id": order_id})
    events = sorted((it for it in rows if it["kind"] == "event"), key=lambda it: it["part"])
    if not events:
        raise UserError(f"There is no order {order_id}.")
    return [str(it["body"]) for it in events]


def _read_file(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UserError(f"{path} is not JSON: {error}.") from error
