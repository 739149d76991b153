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


def pretty(text: str) -> str:
    """JSON with indentation; any other text unchanged."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
