"""Messages that come several times, late, or in another order: on their way from topic to queue."""

import random
from typing import Any

from ministack.services import sns, sqs  # type: ignore[import-untyped]

from infra.local.faults.state_file import Switches


def repeat_and_delay(switches: Switches) -> None:
    deliver, usual_delay = sns._deliver_to_sqs, sqs.queue_delay

    def deliver_often(*given: Any, **named: Any) -> None:
        for _ in range(max(1, switches.strength("duplicate"))):
            deliver(*given, **named)

    def longer_delay(queue: dict[str, Any]) -> float:
        late, spread = switches.strength("delay"), switches.strength("reorder")
        usual: int = usual_delay(queue)
        return usual + late + random.uniform(0, spread)  # noqa: S311 (a fault)

    sns._deliver_to_sqs = deliver_often
    sqs.queue_delay = longer_delay
