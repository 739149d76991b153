"""Record the decisions of the emulator's IAM, each once: role, action, resource, allowed."""

import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

ASSUMED = ":assumed-role/"
DEBUG_SESSION = "shop-debug"  # of a person, whose calls are none of the function's own


@dataclass(frozen=True, order=True)
class Decision:
    """``role`` is the name of the role that the function assumed."""

    role: str
    action: str
    resource: str
    allowed: bool


def record_decisions(file: Path) -> None:
    """Append each new decision to the file. Runs in the emulator's process."""
    from ministack.core import iam_evaluator  # type: ignore[import-untyped] # noqa: PLC0415

    evaluate, recorded = iam_evaluator.evaluate, set[Decision]()

    def evaluate_and_record(context: Any, *policies: Any) -> Any:
        result = evaluate(context, *policies)
        role, _, session = context.principal_arn.partition(ASSUMED)[2].partition("/")
        if role and session != DEBUG_SESSION:
            allowed = result.decision == "Allow"
            decision = Decision(role, context.action, context.resource_arn, allowed)
            if decision not in recorded:
                recorded.add(decision)
                with file.open("a") as lines:
                    lines.write(json.dumps(astuple(decision)) + "\n")
        return result

    iam_evaluator.evaluate = evaluate_and_record


def read_decisions(file: Path) -> Iterator[Decision]:
    for line in file.read_text().splitlines():
        yield Decision(*json.loads(line))
