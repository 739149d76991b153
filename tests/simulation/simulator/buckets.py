"""S3 buckets, and the notifications of uploads, which are sometimes lost."""

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.simulation.simulator.scheduler import Outcome, Scheduler

UPLOADS, MEDIA = "uploads", "media"
RETRY_DELAYS = (60, 120)  # seconds before the two retries of an asynchronous invocation

type Handler = Callable[[dict[str, Any], Any], object]


class Buckets:
    """``subscribers`` maps a key prefix to the name and handler of the function it notifies."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._objects: dict[tuple[str, str], bytes] = {}
        self.subscribers: dict[str, tuple[str, Handler]] = {}

    def keys(self, bucket: str) -> frozenset[str]:
        return frozenset(key for owner, key in self._objects if owner == bucket)

    def upload(self, key: str, content: bytes, *, lose_notification: bool = False) -> None:
        """As a browser does with a presigned form."""
        self._objects[UPLOADS, key] = content
        if not lose_notification:
            name, handler = self.subscribers[key.partition("/")[0]]
            record = {"s3": {"object": {"key": quote_plus(key), "sequencer": "A1"}}}
            self._notify(name, handler, {"Records": [record]}, RETRY_DELAYS)

    def _notify(
        self, name: str, handler: Handler, event: dict[str, Any], retry_delays: tuple[int, ...]
    ) -> None:
        """As Lambda's asynchronous invocation: at most three attempts."""
        invocation = self._scheduler.invoke(
            name, lambda context: handler(event, context), seconds=300
        )

        def retry() -> None:
            self._notify(name, handler, event, retry_delays[1:])

        def finish(outcome: Outcome) -> None:
            if outcome.error and retry_delays:
                self._scheduler.after(retry_delays[0], retry)

        invocation.on_finish = finish

    def call(self, _: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        location = parameters["Bucket"], parameters["Key"]
        if operation == "PutObject":
            self._objects[location] = parameters["Body"]
            return {}
        if location not in self._objects:
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, operation)
        content = self._objects[location]
        return {"ContentLength": len(content), "Body": io.BytesIO(content)}
