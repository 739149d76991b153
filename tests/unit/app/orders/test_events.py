import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.orders.events import EVENT_CLASSES, OrderEvent, UnreadableEvent, read_event, write_event
from infra.build.bundles import ROOT

HERE = Path(__file__).parent
GOLDEN = sorted((HERE / "golden").glob("*.json"))
SCHEMAS = ROOT / "app/orders/schemas"
PLACED = json.loads((HERE / "golden/order_placed.v1.json").read_text())


def schema_of(kind: type[OrderEvent]) -> dict[str, Any]:
    return msgspec.json.schema(kind)


def name_of(kind: type[OrderEvent]) -> str:
    return str(kind.__struct_config__.tag)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_events_round_trip(path: Path) -> None:
    text = path.read_text()

    event = read_event(text)

    assert path.stem == f"{event.type}.v{event.version}"
    assert json.loads(write_event(event)) == json.loads(text)


def test_every_event_class_has_a_golden_file() -> None:
    assert {path.stem.partition(".")[0] for path in GOLDEN} == {name_of(it) for it in EVENT_CLASSES}


@pytest.mark.parametrize("kind", EVENT_CLASSES, ids=name_of)
def test_published_schema_matches_the_event_class(kind: type[OrderEvent]) -> None:
    published = json.loads((SCHEMAS / f"{name_of(kind)}.v1.json").read_text())

    assert published == schema_of(kind), "write the new one beside it under the next version"


@pytest.mark.parametrize("kind", EVENT_CLASSES, ids=name_of)
def test_event_type_is_the_class_name_in_snake_case(kind: type[OrderEvent]) -> None:
    assert re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower() == name_of(kind)


@pytest.mark.parametrize("kind", EVENT_CLASSES, ids=name_of)
def test_event_fields_hold_no_personal_data(kind: type[OrderEvent]) -> None:
    words = {word for field in kind.__struct_fields__ for word in field.split("_")}

    assert not words & {"email", "name", "address", "street", "token", "phone", "customer"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "order_teleported"}, "order_teleported"),
        ({"version": 99}, "version"),
        ({"event_id": None}, "event_id"),
        ({"colour": "sage"}, "colour"),
        ({"total": 24.5}, "total"),
        ({"total": "2450"}, "total"),
        ({"total": -1}, "total"),
        ({"lines": [{"sku": "POT", "quantity": 0, "price": 1}]}, "quantity"),
        ({"lines": [{"sku": "POT", "quantity": 1, "price": 1, "note": "x"}]}, "note"),
        ({"occurred_at": "noon"}, "occurred_at"),
        ({"occurred_at": "2025-11-23T12:00:00"}, "occurred_at"),
    ],
)
def test_invalid_event_is_rejected_with_its_reason(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(UnreadableEvent, match=reason):
        read_event(json.dumps(PLACED | changes))


@pytest.mark.parametrize("missing", PLACED)
def test_event_with_a_missing_field_is_rejected(missing: str) -> None:
    rest = {field: value for field, value in PLACED.items() if field != missing}
    if missing == "version":
        assert read_event(json.dumps(rest)).version == 1
        return

    with pytest.raises(UnreadableEvent):
        read_event(json.dumps(rest))


@pytest.mark.parametrize(
    "body", ["", "{", "null", "[]", "{}", '"text"', "NaN", "\x00", "[" * 9_000]
)
def test_event_that_is_not_a_json_object_is_rejected(body: str) -> None:
    with pytest.raises(UnreadableEvent):
        read_event(body)
