import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.analytics.sales import figures_of
from app.inventory.models import LedgerEntry
from app.orders.checkout import place_order
from app.orders.history import story_of
from infra.bundle import ROOT
from infra.local.cloud import LocalCloud
from tests.builders import NOON, ALongTime, a_batch, a_cart, a_request
from tests.clouds import MERCHANT
from tests.workers.reading import letters_to, runs_of, taken_from
from workers import analytics, email, fulfilment, inventory

GOLDEN = sorted((ROOT / "tests/app/orders/golden").glob("*.json"))
ORDER = "01JDCY5T6QJ6W4H2Y8Z3K7N9PA"
SOMEBODY = "golden@potter.example"
LINES = ("TEA-POT-SAGE", "CUP")

type Handler = Callable[[dict[str, Any], object], dict[str, Any]]

CONSUMERS: dict[str, Handler] = {
    "email": email.handler,
    "analytics": analytics.handler,
    "inventory": inventory.handler,
    "fulfilment": fulfilment.handler,
}


def effects(cloud: LocalCloud, workflow: str) -> dict[str, object]:
    """All that a consumer can have brought about for the golden order."""
    return {
        "letters": sorted(it.subject for it in letters_to(cloud, SOMEBODY)),
        "to merchants": len(letters_to(cloud, MERCHANT)),
        "figures": figures_of(date(2025, 11, 23)),
        "ledger": [it.entry for sku in LINES for it in LedgerEntry.query(sku)],
        "events": [row.part for row in story_of(ORDER).events],
        "runs": runs_of(cloud, workflow),
    }


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
@pytest.mark.parametrize("consumer", CONSUMERS)
def test_an_event_that_comes_twice_has_its_effect_once(
    tables: LocalCloud, workflow: str, consumer: str, path: Path
) -> None:
    place_order(a_request(order_id=ORDER, email=SOMEBODY), a_cart(), now=NOON)
    batch = a_batch(json.dumps(json.loads(path.read_text())))

    assert CONSUMERS[consumer](batch, ALongTime()) == {"batchItemFailures": []}
    once = effects(tables, workflow)

    assert CONSUMERS[consumer](batch, ALongTime()) == {"batchItemFailures": []}
    assert effects(tables, workflow) == once
    assert taken_from(tables, "email-dead-letters") == []


def test_all_consumers_together_did_what_they_are_for(tables: LocalCloud, workflow: str) -> None:
    place_order(a_request(order_id=ORDER, email=SOMEBODY), a_cart(), now=NOON)
    every_event = a_batch(*(path.read_text() for path in GOLDEN))

    for handler in CONSUMERS.values():
        handler(every_event, ALongTime())

    found = effects(tables, workflow)
    figures = found["figures"]
    assert isinstance(figures, dict)
    assert figures["placed"].cents == figures["paid"].cents == figures["cancelled"].cents == 6_690
    assert figures["sku#TEA-POT-SAGE"].tally == 2
    assert len(set(map(str, found["ledger"]))) == 3  # type: ignore[call-overload]
    assert found["runs"] == [ORDER]
