"""The tour of one order: each stop with its code, its pattern, and what would go wrong without it.

`/console/tour` and `infra/TOUR.md` are made from the table in `tour.toml` and from the trace of one
recorded order. Tests compare the table with the code and with the trace.
"""

from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from infra.build.bundles import ROOT
from infra.local.console.architecture import Edge, read_architecture
from infra.local.console.code_places import Place
from infra.local.packaging import read_template

HERE = Path(__file__).parent
GOLDEN_ORDER = HERE / "golden_order.json"
TOPIC = "OrderEventsTopic"


class Stop(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``spans``, ``states`` and ``queue`` are what the trace of an order shows of this stop.

    ``museum`` is the file of the exhibit that rebuilds the defect.
    """

    id: str
    title: str
    happens: str
    places: tuple[str, ...]
    pattern: str
    link: str
    without: str
    museum: str = ""
    spans: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    queue: str = ""

    @property
    def code(self) -> list[Place]:
        return [Place(*place.split("::")) for place in self.places]


class Question(Struct, frozen=True, forbid_unknown_fields=True, rename={"attempt": "try"}):
    """``attempt`` is how to see the answer in the console, at ``page``."""

    id: str
    title: str
    answer: tuple[str, ...]
    attempt: str
    page: str
    places: tuple[str, ...]

    @property
    def code(self) -> list[Place]:
        return [Place(*place.split("::")) for place in self.places]


class Tour(Struct, frozen=True, forbid_unknown_fields=True):
    """All that the page and the Markdown file show."""

    stops: tuple[Stop, ...]
    questions: tuple[Question, ...]


class GoldenSpan(Struct, frozen=True, order=True):
    """A span of the recorded order; ``parent`` is the name of the span above it."""

    parent: str
    name: str
    kind: str


class GoldenOrder(Struct, frozen=True):
    """What a real order on the local cloud left: its spans, its states and its emails."""

    spans: tuple[GoldenSpan, ...]
    states: tuple[str, ...]
    emails: tuple[str, ...]


@cache
def read_tour() -> Tour:
    return msgspec.toml.decode((HERE / "tour.toml").read_bytes(), type=Tour)


@cache
def read_golden_order() -> GoldenOrder:
    return msgspec.json.decode(GOLDEN_ORDER.read_bytes(), type=GoldenOrder)


@cache
def subscriptions() -> list[Edge]:
    """The topic's subscriptions in the template: the queue, and the types that it accepts."""
    resources = read_template(ROOT / "infra/template.yaml")["Resources"]
    edges = read_architecture(resources).edges
    return [it for it in edges if it.source == TOPIC and it.kind == "message"]
