"""An outage: a service fails for a while, and with it every call of every function to it.

The simulator, `shop inject-fault` and the chaos test share this notion.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

type Service = Literal["dynamodb", "sns", "sqs", "ses", "stepfunctions", "provider", "carrier"]
type OutageKind = Literal["throttled", "unavailable", "responses lost"]

SERVICES: tuple[Service, ...] = get_args(Service.__value__)


@dataclass(frozen=True)
class Outage:
    """Every call to ``service`` fails from ``start`` for ``duration``, the SDK's retries included.

    A throttled service rejects a call at once, and an unavailable one does not answer. Where
    responses are lost, the service executes each call and only its answer does not arrive.
    """

    service: Service
    start: datetime
    duration: timedelta
    kind: OutageKind = "throttled"

    @property
    def end(self) -> datetime:
        return self.start + self.duration

    def is_active(self, at: datetime) -> bool:
        return self.start <= at < self.end
