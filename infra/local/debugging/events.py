"""The event of a debugged invocation: read from JSON, or made for a page or an order."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.aws.table_reader import TableReader
from infra.local.cloud import LocalCloud
from infra.local.debugging.lambda_events import http_request, sqs_batch
from infra.local.stack import STACK_NAME
from infra.user_error import UserError

# The consumers of order events, and the prefix of the workflow's steps.
CONSUMERS = ("workers.email", "workers.analytics", "workers.inventory", "workers.fulfillment")
STEPS, WEB = "workflow.", ("app.lambda_handler", "app.admin_lambda_handler")


def make_event(cloud: LocalCloud, handler: str, environment: Mapping[str, str], text: str) -> Any:
    """The event that ``text`` means for a handler.

    A path that begins with ``/`` is a GET request to the web or the admin function. An order's id
    is the input of a workflow step or a batch of all its events, and everything else the name of a
    JSON file. Raises ``UserError`` if it is none of these.
    """
    module = handler.rpartition(".")[0]
    if module in WEB and text.startswith("/"):
        return http_request(text, environment)
    if text.endswith(".json"):
        return _read_file(Path(text))
    if module.startswith(STEPS):
        return {"order_id": text, "traceparent": ""}
    if module in CONSUMERS:
        return sqs_batch(_event_bodies(cloud, text))
    raise UserError(f"{handler} takes a JSON file with its event, not {text!r}.")


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
