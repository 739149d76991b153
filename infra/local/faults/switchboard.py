"""All faults in one place: which are on, and how each is switched."""

from ulid import ULID

from infra.local.cloud import LocalCloud
from infra.local.faults.forced_outcomes import ForcedOutcomes
from infra.local.faults.kinds import BY_NAME, FAULTS, LARGEST_STRENGTH, Fault
from infra.local.faults.state_file import Switches
from infra.local.stack import NAME
from infra.user_error import Trouble

QUEUES = ("email", "analytics", "inventory", "fulfillment")


def fault_called(name: str) -> Fault:
    if name not in BY_NAME:
        raise Trouble(f"There is no fault {name!r}. There are: {', '.join(BY_NAME)}.")
    return BY_NAME[name]


class Switchboard:
    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._switches = Switches(cloud.home.faults)
        self._forced_outcomes = ForcedOutcomes(cloud)

    def on(self) -> dict[str, int]:
        """What is on, by name, with its strength (0 for what has none)."""
        cloud = {n: it for n, it in self._switches.on().items() if n in BY_NAME}
        return cloud | dict.fromkeys(self._forced_outcomes.on(), 0)

    def switch_on(self, name: str, strength: int | None = None) -> None:
        fault = fault_called(name)
        if fault.place == "cloud":
            self._switches.turn(name, _within_reason(fault, strength))
        elif fault.place == "books":
            self._forced_outcomes.turn(name, on=True)
        else:
            self._poison_every_queue()

    def switch_off(self, name: str) -> None:
        fault = fault_called(name)
        if fault.place == "cloud":
            self._switches.turn(name, 0)
        elif fault.place == "books":
            self._forced_outcomes.turn(name, on=False)

    def clear(self) -> None:
        for fault in FAULTS:
            self.switch_off(fault.name)

    def _poison_every_queue(self) -> None:
        sqs = self._cloud.client("sqs")
        for queue in QUEUES:
            url = sqs.get_queue_url(QueueName=f"{NAME}-{queue}")["QueueUrl"]
            body = f'{{"type": "order_teleported", "event_id": "poison-{ULID()}"}}'
            sqs.send_message(QueueUrl=url, MessageBody=body)


def _within_reason(fault: Fault, strength: int | None) -> int:
    wanted = fault.strength if strength is None else strength
    if not 1 <= wanted <= LARGEST_STRENGTH:
        raise Trouble(f"{fault.name} takes a number of {fault.unit} from 1 to {LARGEST_STRENGTH}.")
    return wanted
