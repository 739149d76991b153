"""Structured log lines as records, and JSON as text for people."""

import json
from typing import Any

from infra.local.function_logs import LogLine

type Record = dict[str, Any]


def parse_records(lines: list[LogLine]) -> list[Record]:
    """The structured lines, with the function's name; other lines become a message."""
    return [{**parse_record(it.message), "function": it.function, "at": it.at} for it in lines]


def parse_record(message: str) -> Record:
    """A structured line; any other is a record with a message."""
    try:
        read = json.loads(message)
    except ValueError:
        read = None
    return read if isinstance(read, dict) else {"message": message}


def message_of(record: Record) -> str:
    """The message; of a line without one, its metrics, or all of its fields."""
    if "message" in record:
        return str(record["message"])
    if names := _metric_names(record):
        return "metric " + ", ".join(f"{name} {_value(record.get(name))}" for name in names)
    return json.dumps(record, ensure_ascii=False)


def _metric_names(record: Record) -> list[str]:
    """Embedded metric format: the line says which of its fields are metrics."""
    try:
        sets = record["_aws"]["CloudWatchMetrics"]
        return [metric["Name"] for it in sets for metric in it["Metrics"]]
    except (KeyError, TypeError):
        return []


def _value(value: object) -> str:
    values = value if isinstance(value, list) else [value]
    return " ".join(f"{it:g}" if isinstance(it, int | float) else str(it) for it in values)


def pretty(text: str) -> str:
    """JSON with indentation; any other text unchanged."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
