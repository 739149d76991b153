"""One JSON line per invocation: what was done, for which order, how it ended; never for whom."""

import json
import sys
from typing import TextIO


def log(what: str, *, to: TextIO | None = None, **facts: str | float | bool | None) -> None:
    """Write one line. Facts are ids, counts, codes and durations, never a person's data."""
    print(json.dumps({"log": what, **facts}), file=to or sys.stderr, flush=True)
