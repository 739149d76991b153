"""Enable, disable and list all faults of the running local shop."""

import math
from datetime import timedelta
from typing import cast

from ulid import ULID

from app import clock
from infra.local.cloud import LocalCloud
from infra.local.faults.forced_outcomes import ForcedOutcomes
from infra.local.faults.kinds import FAULTS, FAULTS_BY_NAME, MAX_STRENGTH, Fault
from infra.local.faults.outage_file import UNTIL_DISABLED, OutageFile
from infra.local.faults.outages import Outage, OutageKind, Service
from infra.local.faults.state_file import FaultStateFile
from infra.local.stack import STACK_NAME
from infra.user_error import UserError

QUEUES = ("email", "analytics", "inventory", "fulfillment")


def find_fault(name: str) -> Fault:
    """Raises ``UserError``, with the known names, if there is no such fault."""
    if name not in FAULTS_BY_NAME:
        raise UserError(f"There is no fault {name!r}. Choose from {', '.join(FAULTS_BY_NAME)}.")
    return FAULTS_BY_NAME[name]


class FaultInjector:
    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._state_file = FaultStateFile(cloud.state_dir.faults)
        self._outages = OutageFile(cloud.state_dir.faults)
        self._forced_outcomes = ForcedOutcomes(cloud)

    def active(self) -> dict[str, int]:
        """Strength by name of each active fault; 0 for faults without a strength.

        The strength of an outage is the number of minutes that it will last; 0 has no end.
        """
        cloud = {n: it for n, it in self._state_file.active().items() if n in FAULTS_BY_NAME}
        outages = {outage_name(it.service): _minutes_left(it) for it in self.outages()}
        return cloud | dict.fromkeys(self._forced_outcomes.active(), 0) | outages

    def outages(self) -> list[Outage]:
        """The active outages, by service."""
        return list(self._outages.active().values())

    def enable(self, name: str, strength: int | None = None) -> None:
        """Enable a fault, with its default strength if none is given.

        Raises ``UserError`` for an unknown name or a strength out of range.
        """
        fault = find_fault(name)
        if fault.target == "cloud":
            self._state_file.set(name, _checked_strength(fault, strength))
        elif fault.target == "providers":
            self._forced_outcomes.set(name, on=True)
        elif fault.target == "outage":
            minutes = strength and _checked_strength(fault, strength)
            self.start_outage(name, timedelta(minutes=minutes) if minutes else UNTIL_DISABLED)
        else:
            self._send_poison_messages()

    def start_outage(
        self, name: str, duration: timedelta = UNTIL_DISABLED, kind: OutageKind = "unavailable"
    ) -> None:
        """Take the service of an outage's fault away, beginning now.

        A repeat replaces the outage of this service. Raises ``UserError`` for another fault.
        """
        if find_fault(name).target != "outage":
            raise UserError(f"{name} has no duration: only faults that end in -outage have one.")
        self._outages.start(Outage(_service(name), clock.now(), duration, kind))

    def disable(self, name: str) -> None:
        """Disabling an inactive fault has no effect."""
        fault = find_fault(name)
        if fault.target == "cloud":
            self._state_file.set(name, 0)
        elif fault.target == "providers":
            self._forced_outcomes.set(name, on=False)
        elif fault.target == "outage":
            self._outages.stop(_service(name))

    def clear(self) -> None:
        """Disable all faults."""
        for fault in FAULTS:
            self.disable(fault.name)

    def _send_poison_messages(self) -> None:
        sqs = self._cloud.client("sqs")
        for queue in QUEUES:
            url = sqs.get_queue_url(QueueName=f"{STACK_NAME}-{queue}")["QueueUrl"]
            body = f'{{"type": "order_teleported", "event_id": "poison-{ULID()}"}}'
            sqs.send_message(QueueUrl=url, MessageBody=body)


def _checked_strength(fault: Fault, strength: int | None) -> int:
    value = fault.strength if strength is None else strength
    if not 1 <= value <= MAX_STRENGTH:
        raise UserError(f"{fault.name} needs a number of {fault.unit} from 1 to {MAX_STRENGTH}.")
    return value


def outage_name(service: Service) -> str:
    """The name of the fault that takes this service away."""
    return f"{service}-outage"


def _service(name: str) -> Service:
    return cast(Service, name.removesuffix("-outage"))


def _minutes_left(outage: Outage) -> int:
    if outage.duration >= UNTIL_DISABLED:
        return 0
    return math.ceil((outage.end - clock.now()) / timedelta(minutes=1))
