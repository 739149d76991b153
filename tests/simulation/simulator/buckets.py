"""Buckets as S3 keeps them, and what it tells functions of uploads: sometimes nothing."""

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.simulation.simulator.world import World

UPLOADS, MEDIA = "uploads", "media"
PAUSES = (60, 120)  # seconds before the two tries that follow a failed one

type Handler = Callable[[dict[str, Any], Any], object]


class Buckets:
    """``told`` has the function that is told of an upload, by the folder it comes into."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: dict[tuple[str, str], bytes] = {}
        self.told: dict[str, tuple[str, Handler]] = {}

    def keys(self, bucket: str) -> frozenset[str]:
        return frozenset(key for there, key in self._kept if there == bucket)

    def upload(self, key: str, content: bytes, *, silently: bool = False) -> None:
        """By a browser, through a form of ours."""
        self._kept[UPLOADS, key] = content
        if not silently:
            name, handler = self.told[key.partition("/")[0]]
            told = {"s3": {"object": {"key": quote_plus(key), "sequencer": "A1"}}}
            self._tell(name, handler, {"Records": [told]}, PAUSES)

    def _tell(
        self, name: str, handler: Handler, notice: dict[str, Any], pauses: tuple[int, ...]
    ) -> None:
        """As Lambda invokes what nobody waits for: three times at most."""
        run = self._world.call(name, lambda context: handler(notice, context), seconds=300)

        def ended(outcome: Any) -> None:
            if outcome.error and pauses:
                again = lambda: self._tell(name, handler, notice, pauses[1:])  # noqa: E731
                self._world.after(pauses[0], again)

        run.then = ended

    def call(self, _: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        place = parameters["Bucket"], parameters["Key"]
        if operation == "PutObject":
            self._kept[place] = parameters["Body"]
            return {}
        if place not in self._kept:
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, operation)
        content = self._kept[place]
        return {"ContentLength": len(content), "Body": io.BytesIO(content)}
