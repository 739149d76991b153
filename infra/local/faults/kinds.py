"""The faults there are: what each does, in plain words, and how strong it may be."""

from dataclasses import dataclass
from typing import Literal

type Place = Literal["cloud", "books", "once"]


@dataclass(frozen=True)
class Fault:
    """`place` says who misbehaves: the emulator, the pretend provider or carrier, or nobody twice.

    `strength` is what it means when nobody says otherwise; 0 for those that are only on or off.
    """

    name: str
    title: str
    words: str
    place: Place
    strength: int = 0
    unit: str = ""


FAULTS = (
    Fault(
        "duplicate",
        "Messages come several times",
        "Every message from the topic is put into each queue that many times over.",
        *("cloud", 3, "times"),
    ),
    Fault(
        "delay",
        "Messages come late",
        "Every message lies in its queue for so long before a worker may see it.",
        *("cloud", 10, "seconds"),
    ),
    Fault(
        "reorder",
        "Messages overtake each other",
        "Each message waits a time of its own, up to so long: later ones come first.",
        *("cloud", 8, "seconds"),
    ),
    Fault(
        "kill",
        "Workers die in the middle",
        "One in so many calls of a worker or step is killed while it works.",
        *("cloud", 3, "calls"),
    ),
    Fault(
        "throttle",
        "Functions are turned away",
        "One in so many calls of a worker or step is refused, as Lambda does over its limit.",
        *("cloud", 2, "calls"),
    ),
    Fault(
        "busy-store",
        "The store is busy",
        "One in so many calls to DynamoDB is refused, as it does over its throughput.",
        *("cloud", 5, "calls"),
    ),
    Fault(
        "provider-declines",
        "The provider declines",
        "Every payment is declined, whichever method was chosen.",
        "books",
    ),
    Fault(
        "provider-times-out",
        "The provider times out after the money moved",
        "The first answer to each payment is lost: the money has moved, and nobody heard of it.",
        "books",
    ),
    Fault(
        "provider-down",
        "The provider is down",
        "Nobody answers about any payment until this is switched off; orders wait in “paying”.",
        "books",
    ),
    Fault(
        "silent-carrier",
        "The carrier is silent",
        "The carrier takes each parcel and never says so; orders wait in “shipping”.",
        "books",
    ),
    Fault(
        "poison",
        "A poison message",
        "Puts a message that no worker can read into each queue; it belongs in the dead letters.",
        "once",
    ),
)
BY_NAME = {fault.name: fault for fault in FAULTS}
LARGEST_STRENGTH = 60
