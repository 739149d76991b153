"""A store that is too busy to answer every call."""

import json
import random
from typing import Any

from ministack.services import dynamodb  # type: ignore[import-untyped]

from infra.local.faults.state_file import Switches

REFUSED = {
    "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    "message": "The level of configured provisioned throughput for the table was exceeded.",
}


def be_busy(switches: Switches) -> None:
    answer = dynamodb.handle_request

    async def answer_mostly(*request: Any, **named: Any) -> Any:
        one_in = switches.strength("busy-store")
        if one_in and random.random() < 1 / one_in:  # noqa: S311 (a fault)
            headers = {"Content-Type": "application/x-amz-json-1.0"}
            return 400, headers, json.dumps(REFUSED).encode()
        return await answer(*request, **named)

    dynamodb.handle_request = answer_mostly
