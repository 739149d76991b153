"""The last log line of each function, and its errors, among the emulator's newest lines."""

from dataclasses import dataclass
from typing import Any

from infra.local.cloud import LocalCloud
from infra.local.console.live_log import line_fields
from infra.local.log_tail import PATH


@dataclass(frozen=True)
class Activity:
    """``errors`` of the last ``ERROR_MINUTES``; ``line`` has the fields of the log page."""

    errors: int
    line: dict[str, Any]


def function_activity(cloud: LocalCloud) -> dict[str, Activity]:
    """By the function's name without the stack's; a function without a kept line is left out."""
    response = cloud.get(f"{PATH}?activity=1")
    response.raise_for_status()
    found = (
        Activity(it["errors"], line_fields(*it["line"])) for it in response.json()["functions"]
    )
    return {it.line["function"]: it for it in found}
