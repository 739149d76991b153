"""The faults that can be injected: what each does, and its default strength."""

from dataclasses import dataclass
from typing import Literal

from infra.local.faults.outages import SERVICES, Service

type FaultTarget = Literal["cloud", "providers", "once", "outage"]


@dataclass(frozen=True)
class Fault:
    """``target`` is what fails: the emulator, or the fake provider and carrier; "once" sends
    something a single time; "outage" takes a service away.

    ``strength`` is the default, in ``unit``; 0 for faults that are only on or off.
    """

    name: str
    title: str
    description: str
    target: FaultTarget
    strength: int = 0
    unit: str = ""


SERVICE_NAMES: dict[Service, str] = {
    "dynamodb": "DynamoDB",
    "sns": "SNS",
    "sqs": "SQS",
    "ses": "SES",
    "stepfunctions": "Step Functions",
    "provider": "The payment provider",
    "carrier": "The carrier",
}
OUTAGES = {
    f"{service}-outage": Fault(
        f"{service}-outage",
        f"{SERVICE_NAMES[service]} is away",
        f"Every call of a function to {SERVICE_NAMES[service].replace('The', 'the')} fails.",
        *("outage", 10, "minutes"),
    )
    for service in SERVICES
}
FAULTS = (
    Fault(
        "duplicate",
        "Duplicate messages",
        "SNS delivers every message this many times to each queue.",
        *("cloud", 3, "times"),
    ),
    Fault(
        "delay",
        "Delayed messages",
        "Every message stays invisible in its queue for this long.",
        *("cloud", 10, "seconds"),
    ),
    Fault(
        "reorder",
        "Reordered messages",
        "Every message is delayed by a random time up to this long, so later ones overtake it.",
        *("cloud", 8, "seconds"),
    ),
    Fault(
        "kill",
        "Killed functions",
        "One in this many invocations of a worker or workflow step is killed while it runs.",
        *("cloud", 3, "invocations"),
    ),
    Fault(
        "throttle",
        "Throttled functions",
        "One in this many invocations of a worker or workflow step is rejected, as over a limit.",
        *("cloud", 2, "invocations"),
    ),
    Fault(
        "dynamodb-throttle",
        "Throttled DynamoDB requests",
        "One in this many DynamoDB requests is rejected with a throughput error.",
        *("cloud", 5, "requests"),
    ),
    Fault(
        "provider-declines",
        "Payments are declined",
        "The payment provider declines every payment, whatever method was chosen.",
        "providers",
    ),
    Fault(
        "provider-times-out",
        "Payments time out after capture",
        "The payment provider captures each payment, but its first response is lost.",
        "providers",
    ),
    Fault(
        "carrier-times-out",
        "Carrier requests time out",
        "The carrier accepts each parcel, but no response arrives; orders stay in “shipping”.",
        "providers",
    ),
    Fault(
        "poison-message",
        "Poison message",
        "Sends one unreadable message to each queue. It must end in the dead-letter queue.",
        "once",
    ),
    *OUTAGES.values(),
)
FAULTS_BY_NAME = {fault.name: fault for fault in FAULTS}
MAX_STRENGTH = 60
