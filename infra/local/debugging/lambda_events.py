"""The events with which API Gateway and SQS invoke a function."""

import json
import time
from collections.abc import Mapping
from typing import Any

from ulid import ULID


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
