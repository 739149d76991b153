"""An intruder with leaked credentials, who sends invented and altered events to the queues."""

import json
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ulid import ULID

from tests.simulation.simulator.cloud import FAILED_EXECUTIONS, Cloud
from tests.simulation.simulator.queues import Attributes, subscribed_types
from tests.simulation.simulator.workflows import Execution

INVENTED, ALTERED, NOTICE = "invented event", "altered event", "invented notice"
INVENTED_RATE, ALTERED_RATE = 0.15, 0.04  # per schedule, and per published event
NOTICE_RATE = 0.03  # per started execution
NEXT_EVENTS = ("order_paid", "order_shipped", "order_cancelled", "order_cancel_requested")

type Body = dict[str, Any]


class Intruder:
    """Each event that it sends must end in the dead-letter queue, and no message changes anything.

    A notice that an execution has failed is no event: the reconciler looks whether that is true.
    """

    def __init__(self, cloud: Cloud, random: Random) -> None:
        self._cloud, self._random = cloud, random

    def plan(self) -> None:
        """Alter some events while they are published, and invent others and notices."""
        self._cloud.topic.on_publish = self._alter
        self._cloud.workflows.on_start = self._report_as_failed
        if self._cloud.faults.occurs(INVENTED, INVENTED_RATE):
            for invent in (self._invent_order, self._invent_next_event):
                self._cloud.scheduler.after(self._random.uniform(0, 600), invent)

    def _alter(self, body: str, attributes: Attributes) -> None:
        if self._cloud.faults.occurs(ALTERED, ALTERED_RATE):
            self._send(_altered(json.loads(body)), attributes)

    def _report_as_failed(self, execution: Execution) -> None:
        if self._cloud.faults.occurs(NOTICE, NOTICE_RATE):
            notice = json.dumps({"detail": {"name": execution.name, "status": "FAILED"}})
            queue = self._cloud.queues[FAILED_EXECUTIONS]
            self._cloud.scheduler.after(self._random.uniform(0, 60), lambda: queue.send(notice, {}))

    def _invent_order(self) -> None:
        """A valid event, copied from a true one, of an order that was never placed."""
        if event := self._any_event():
            order_id = str(ULID())
            self._send(event | {"order_id": order_id, "event_id": f"{order_id}-0001"})

    def _invent_next_event(self) -> None:
        """What may follow, before it has: as if an open order was paid, shipped or cancelled."""
        if event := self._any_event():
            kind = self._random.choice(NEXT_EVENTS)
            number = self._random.randint(2, 5)
            invented = {
                "type": kind,
                "event_id": f"{event['order_id']}-{number:04d}",
                "reason": "customer_request",
                "refunded": 1,
                "tracking_code": "INVENTED",
            }
            self._send(event | invented)

    def _any_event(self) -> Body:
        """The ``order_placed`` of an order; empty if there is no order yet."""
        rows = self._cloud.store.rows("orders")
        placed = [row["body"] for row in rows if row.get("type") == "order_placed"]
        return json.loads(self._random.choice(placed)) if placed else {}

    def _send(self, event: Body, attributes: Attributes | None = None) -> None:
        """Send to every queue that gets events of this type."""
        body = json.dumps(event)
        for name in self._cloud.queues:
            if event["type"] in subscribed_types(name):
                self._cloud.send_for_dlq(name, body, attributes or {"type": event["type"]})


def _altered(event: Body) -> Body:
    """The event with another amount, quantity, decision or, if it has none of them, time."""
    if "total" in event:
        return event | {"total": event["total"] + 1}
    if "refunded" in event:
        return event | {"refunded": event["refunded"] + 1}
    if "lines" in event:
        first, *others = event["lines"]
        return event | {"lines": [first | {"quantity": first["quantity"] + 1}, *others]}
    if "decision" in event:
        other = {"approved": "rejected", "rejected": "approved"}
        return event | {"decision": other[event["decision"]]}
    later = datetime.fromisoformat(event["occurred_at"]) + timedelta(hours=1)
    return event | {"occurred_at": later.isoformat()}
