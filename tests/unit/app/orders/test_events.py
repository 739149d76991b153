import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.orders.close_reasons import CloseReason
from app.orders.events import (
    EVENT_CLASSES,
    OrderEvent,
    OrderPaid,
    UnknownEvent,
    UnreadableEvent,
    read_event,
    write_event,
)
from infra.build.bundles import ROOT
from tests.unit.app.orders.golden import reader_v1

HERE = Path(__file__).parent
GOLDEN = sorted((HERE / "golden").glob("*.json"))
SCHEMAS = ROOT / "app/orders/schemas"
PLACED = json.loads((HERE / "golden/order_placed.v1.json").read_text())


def schema_of(kind: type[OrderEvent]) -> dict[str, Any]:
    """As JSON has it: a default of ``()`` is an empty list there."""
    schema: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(msgspec.json.schema(kind)))
    return schema


def name_of(kind: type[OrderEvent]) -> str:
    return str(kind.__struct_config__.tag)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_events_round_trip(path: Path) -> None:
    text = path.read_text()

    event = read_event(text)

    assert path.stem == f"{event.type}.v{event.version}"
    assert json.loads(write_event(event)) == json.loads(text)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_event_of_earlier_code_without_a_traceparent_round_trips(path: Path) -> None:
    earlier = json.loads(path.read_text())
    earlier.pop("traceparent", None)

    event = read_event(json.dumps(earlier))

    assert not event.traceparent
    assert json.loads(write_event(event)) == earlier


@pytest.mark.parametrize("value", ["", "00-0", "x" * 1_000, "\n"])
def test_malformed_traceparent_leaves_an_event_readable(value: str) -> None:
    assert read_event(json.dumps(PLACED | {"traceparent": value})).order_id == PLACED["order_id"]


def test_order_paid_of_earlier_code_has_no_lines() -> None:
    earlier = json.loads((HERE / "golden/order_paid.v1.json").read_text())
    del earlier["lines"]

    event = read_event(json.dumps(earlier))

    assert isinstance(event, OrderPaid)
    assert (event.total, event.lines) == (earlier["total"], ())


def test_every_event_class_has_a_golden_file() -> None:
    assert {path.stem.partition(".")[0] for path in GOLDEN} == {name_of(it) for it in EVENT_CLASSES}


@pytest.mark.parametrize("kind", EVENT_CLASSES, ids=name_of)
def test_published_schema_matches_the_event_class(kind: type[OrderEvent]) -> None:
    published = json.loads((SCHEMAS / f"{name_of(kind)}.v1.json").read_text())

    assert published == schema_of(kind), "a new optional field: update it; else: add a version"


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
        ({"type": 7}, "type"),
        ({"version": 99}, "version"),
        ({"version": "1"}, "version"),
        ({"event_id": None}, "event_id"),
        ({"total": 24.5}, "total"),
        ({"total": "2450"}, "total"),
        ({"total": -1}, "total"),
        ({"lines": [{"sku": "POT", "quantity": 0, "price": 1}]}, "quantity"),
        ({"occurred_at": "noon"}, "occurred_at"),
        ({"occurred_at": "2025-11-23T12:00:00"}, "occurred_at"),
    ],
)
def test_invalid_event_is_rejected_with_its_reason(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(UnreadableEvent, match=reason):
        read_event(json.dumps(PLACED | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"version": 2, "total": "24.50 EUR", "lines": None},
        {"type": "order_delivered"},
        {"type": "order_delivered", "version": 3},
    ],
)
def test_event_of_newer_code_is_unknown_and_not_just_invalid(changes: dict[str, object]) -> None:
    with pytest.raises(UnknownEvent):
        read_event(json.dumps(PLACED | changes))


@pytest.mark.parametrize(
    "text",
    [
        "null",
        '{"type": "order_teleported"}',
        '{"type": "order_placed", "version": 2, "order_id": "1"}',
        json.dumps(PLACED | {"total": "2450"}),
        json.dumps(PLACED | {"version": "2"}),
    ],
)
def test_invalid_event_does_not_count_as_unknown(text: str) -> None:
    with pytest.raises(UnreadableEvent) as failure:
        read_event(text)

    assert not isinstance(failure.value, UnknownEvent)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_fields_that_newer_code_has_added_are_ignored(path: Path) -> None:
    newer = json.loads(path.read_text()) | {"colour": "sage", "gift": {"wrapped": True}}
    for line in newer.get("lines", ()):
        line["note"] = "x"

    assert read_event(json.dumps(newer)) == read_event(path.read_text())


OLD_TYPES = {str(kind.__struct_config__.tag) for kind in reader_v1.OrderEvent.__args__}
OLD = [path for path in GOLDEN if path.stem.partition(".")[0] in OLD_TYPES]


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_code_of_version_1_reads_what_this_code_writes(path: Path) -> None:
    """After a rollback, and while a deployment is running, old code meets new events."""
    written = write_event(read_event(path.read_text()))

    old = reader_v1.read_event(written)

    assert old == reader_v1.read_event(path.read_text())


def test_code_of_version_1_reads_every_close_reason_of_this_code() -> None:
    declined = (HERE / "golden/order_declined.v1.json").read_text()
    for reason in CloseReason:
        changed = json.dumps(json.loads(declined) | {"reason": reason})

        assert reader_v1.read_event(write_event(read_event(changed))).reason == reason


def test_close_reason_that_newer_code_has_added_is_readable() -> None:
    text = (HERE / "golden/order_cancelled.v1.json").read_text()
    event = read_event(json.dumps(json.loads(text) | {"reason": "dispute_lost"}))

    assert json.loads(write_event(event))["reason"] == "dispute_lost"


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
