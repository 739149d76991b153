"""What the emulator's IAM was asked, for which role, and how it decided: each once, in a file."""

import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

ASSUMED = ":assumed-role/"


@dataclass(frozen=True, order=True)
class Decision:
    """``role`` is the name of the role under which a function called."""

    role: str
    action: str
    resource: str
    allowed: bool


def remember_decisions(file: Path) -> None:
    """From now on, in the process of the emulator."""
    from ministack.core import iam_evaluator  # type: ignore[import-untyped] # noqa: PLC0415

    evaluate, known = iam_evaluator.evaluate, set[Decision]()

    def remembered(context: Any, *policies: Any) -> Any:
        result = evaluate(context, *policies)
        if ASSUMED in context.principal_arn:
            role = context.principal_arn.partition(ASSUMED)[2].partition("/")[0]
            allowed = result.decision == "Allow"
            decision = Decision(role, context.action, context.resource_arn, allowed)
            if decision not in known:
                known.add(decision)
                with file.open("a") as kept:
                    kept.write(json.dumps(astuple(decision)) + "\n")
        return result

    iam_evaluator.evaluate = remembered


def decisions_in(file: Path) -> Iterator[Decision]:
    for line in file.read_text().splitlines():
        yield Decision(*json.loads(line))
