"""The simulator finds each planted bug, and the rule that it breaks is the expected one."""

import pytest

from tests.printed_figures import PrintFigure
from tests.simulation.planted_bugs.discounts import DISCOUNTS
from tests.simulation.planted_bugs.messaging import MESSAGING
from tests.simulation.planted_bugs.orders import ORDERS
from tests.simulation.planted_bugs.payment_events import PAYMENT_EVENTS
from tests.simulation.planted_bugs.returns import RETURNS
from tests.simulation.planted_bugs.searches import PlantedBug

BUGS = [
    *(*ORDERS.bugs, *MESSAGING.bugs, *PAYMENT_EVENTS.bugs),
    *(*DISCOUNTS.bugs, *RETURNS.bugs),
]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.plant.__name__)
def test_simulator_finds_planted_bug(
    bug: PlantedBug, monkeypatch: pytest.MonkeyPatch, print_figure: PrintFigure
) -> None:
    bug.plant(monkeypatch)

    found = bug.find()
    print_figure(f"{bug.name}: {found[:100]}")

    assert found, f"No run breaks one of {sorted(bug.rules)}."


def test_at_least_27_bugs_are_planted() -> None:
    assert len({bug.plant for bug in BUGS}) >= 27
