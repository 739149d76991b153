"""Two versions of the code side by side, as during a deployment and after a rollback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from app.orders import outbox
from app.orders.events import OrderEvent, write_event
from tests.simulation.simulator.faults import Faults

NEWER_CODE = "event of newer code"


@contextmanager
def newer_code_beside(faults: Faults, chance: float) -> Iterator[None]:
    """Let newer code append some events: they have an optional field that ours does not know."""

    def write(event: OrderEvent) -> str:
        body = write_event(event)
        if not faults.occurs(NEWER_CODE, chance):
            return body
        return json.dumps(json.loads(body) | {"sales_channel": "web"})

    with patch.object(outbox, "write_event", write):
        yield
