import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.orders.events import EVENT_CLASSES, NotAnEvent, OrderEvent, read_event, write_event
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
def test_every_event_ever_released_is_still_read_and_written_as_it_was(path: Path) -> None:
    text = path.read_text()

    event = read_event(text)

    assert path.stem == f"{event.type}.v{event.version}"
    assert json.loads(write_event(event)) == json.loads(text)


def test_every_class_of_event_has_a_golden_copy() -> None:
    assert {path.stem.partition(".")[0] for path in GOLDEN} == {name_of(it) for it in EVENT_CLASSES}


@pytest.mark.parametrize("kind", EVENT_CLASSES, ids=name_of)
def test_the_published_schema_is_that_of_the_class(kind: type[OrderEvent]) -> None:
    published = json.loads((SCHEMAS / f"{name_of(kind)}.v1.json").read_text())

    assert published == schema_of(kind), "write the new one beside it under the next version"


@pytest.mark.parametrize("kind", EVENT_CLASSES, ids=name_of)
def test_class_and_type_are_spelt_alike(kind: type[OrderEvent]) -> None:
    assert re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower() == name_of(kind)


@pytest.mark.parametrize("kind", EVENT_CLASSES, ids=name_of)
def test_no_event_has_room_for_a_person(kind: type[OrderEvent]) -> None:
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
def test_what_is_no_event_of_ours_is_refused_with_its_reason(
    changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(NotAnEvent, match=reason):
        read_event(json.dumps(PLACED | changes))


@pytest.mark.parametrize("missing", PLACED)
def test_a_field_that_is_missing_is_refused(missing: str) -> None:
    rest = {field: value for field, value in PLACED.items() if field != missing}
    if missing == "version":
        assert read_event(json.dumps(rest)).version == 1
        return

    with pytest.raises(NotAnEvent):
        read_event(json.dumps(rest))


@pytest.mark.parametrize(
    "body", ["", "{", "null", "[]", "{}", '"text"', "NaN", "\x00", "[" * 9_000]
)
def test_what_is_not_even_an_object_is_refused(body: str) -> None:
    with pytest.raises(NotAnEvent):
        read_event(body)
