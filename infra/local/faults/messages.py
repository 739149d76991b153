"""Duplicate, delay or reorder messages between the topic and the queues."""

import random
from typing import Any

from ministack.services import sns, sqs  # type: ignore[import-untyped]

from infra.local.faults.state_file import FaultStateFile


def duplicate_and_delay(faults: FaultStateFile) -> None:
    """Patch MiniStack in this process."""
    deliver, normal_delay = sns._deliver_to_sqs, sqs.queue_delay

    def deliver_repeatedly(*args: Any, **kwargs: Any) -> None:
        for _ in range(max(1, faults.strength("duplicate"))):
            deliver(*args, **kwargs)

    def longer_delay(queue: dict[str, Any]) -> float:
        delay, spread = faults.strength("delay"), faults.strength("reorder")
        normal: int = normal_delay(queue)
        return normal + delay + random.uniform(0, spread)  # noqa: S311 (a fault)

    sns._deliver_to_sqs = deliver_repeatedly
    sqs.queue_delay = longer_delay
