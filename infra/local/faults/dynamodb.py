"""Throttle DynamoDB requests."""

import json
import random
from typing import Any

from ministack.services import dynamodb  # type: ignore[import-untyped]

from infra.local.faults.state_file import FaultStateFile

THROTTLED = {
    "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    "message": "The level of configured provisioned throughput for the table was exceeded.",
}


def throttle_requests(faults: FaultStateFile) -> None:
    """Patch MiniStack in this process."""
    handle = dynamodb.handle_request

    async def handle_or_throttle(*args: Any, **kwargs: Any) -> Any:
        one_in = faults.strength("dynamodb-throttle")
        if one_in and random.random() < 1 / one_in:  # noqa: S311 (a fault)
            headers = {"Content-Type": "application/x-amz-json-1.0"}
            return 400, headers, json.dumps(THROTTLED).encode()
        return await handle(*args, **kwargs)

    dynamodb.handle_request = handle_or_throttle
