"""Structured log lines as records, and JSON as text for people."""

import json
from typing import Any

from infra.local.function_logs import LogLine

type Record = dict[str, Any]


def parse_records(lines: list[LogLine]) -> list[Record]:
    """The structured lines, with the function's name; other lines become a message."""
    return [_record(line) for line in lines]


def _record(line: LogLine) -> Record:
    try:
        read = json.loads(line.message)
    except ValueError:
        read = None
    record = read if isinstance(read, dict) else {"message": line.message}
    return {**record, "function": line.function, "at": line.at}


def pretty(text: str) -> str:
    """JSON with indentation; any other text unchanged."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
