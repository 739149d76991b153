"""Enable, disable and list all faults of the running local shop."""

from ulid import ULID

from infra.local.cloud import LocalCloud
from infra.local.faults.forced_outcomes import ForcedOutcomes
from infra.local.faults.kinds import FAULTS, FAULTS_BY_NAME, MAX_STRENGTH, Fault
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
        self._forced_outcomes = ForcedOutcomes(cloud)

    def active(self) -> dict[str, int]:
        """Strength by name of each active fault; 0 for faults without a strength."""
        cloud = {n: it for n, it in self._state_file.active().items() if n in FAULTS_BY_NAME}
        return cloud | dict.fromkeys(self._forced_outcomes.active(), 0)

    def enable(self, name: str, strength: int | None = None) -> None:
        """Enable a fault, with its default strength if none is given.

        Raises ``UserError`` for an unknown name or a strength out of range.
        """
        fault = find_fault(name)
        if fault.target == "cloud":
            self._state_file.set(name, _checked_strength(fault, strength))
        elif fault.target == "providers":
            self._forced_outcomes.set(name, on=True)
        else:
            self._send_poison_messages()

    def disable(self, name: str) -> None:
        """Disabling an inactive fault has no effect."""
        fault = find_fault(name)
        if fault.target == "cloud":
            self._state_file.set(name, 0)
        elif fault.target == "providers":
            self._forced_outcomes.set(name, on=False)

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
