"""Structured logs: JSON lines with the order id as correlation id, and never personal data."""

import json
import sys
from typing import TextIO


def log(message: str, *, to: TextIO | None = None, **fields: str | float | bool | None) -> None:
    """Write one line. Fields are ids, counts, codes and durations, never data about a person."""
    print(json.dumps({"log": message, **fields}), file=to or sys.stderr, flush=True)
