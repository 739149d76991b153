"""The records of a run: one for each request, each order placed or cancelled, and each visitor."""

from typing import Literal

from msgspec import Struct


class RequestRecord(Struct, frozen=True, tag="request"):
    """One request; ``error`` is empty for an expected response."""

    page: str
    at: float  # seconds since 1970
    ms: float
    status: int
    error: str = ""


class ActionRecord(Struct, frozen=True, tag="action"):
    """An order placed or cancelled, with the shop's answer; retries repeat the same ``form``."""

    action: Literal["place", "cancel"]
    order_id: str
    form: str
    ms: float
    accepted: bool = True


class VisitorRecord(Struct, frozen=True, tag="visitor"):
    """A visitor, by the hash of the cookie, which is the key of the cart."""

    visitor: str


class EndRecord(Struct, frozen=True, tag="end"):
    """The duration of the run, and the CPU time of the load generator."""

    seconds: float
    cpu_seconds: float


type Record = RequestRecord | ActionRecord | VisitorRecord | EndRecord
