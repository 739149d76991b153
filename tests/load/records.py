"""What a run saw: a line for each request, for each order placed or cancelled, for each visitor."""

from msgspec import Struct


class Seen(Struct, frozen=True, tag="request"):
    """One request: which page, when it was sent, how long its answer took, what was wrong."""

    page: str
    at: float  # seconds since 1970
    ms: float
    status: int
    error: str = ""


class Pressed(Struct, frozen=True, tag="pressed"):
    """The shop's word on an order: placed or cancelled. ``form`` is the same for all its tries."""

    what: str
    order_id: str
    form: str
    ms: float
    said_yes: bool = True


class Came(Struct, frozen=True, tag="visitor"):
    """A visitor, by the cookie's hash, under which the shop keeps the cart."""

    visitor: str


class Ended(Struct, frozen=True, tag="ended"):
    """The end of it: how long it went on, and how much processor time the load itself took."""

    seconds: float
    cpu_seconds: float


type Note = Seen | Pressed | Came | Ended
