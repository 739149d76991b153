"""Calls of functions that are killed in the middle, or turned away for being too many."""

import random
from threading import Timer
from typing import Any

from ministack.core.lambda_runtime import Worker  # type: ignore[import-untyped]
from ministack.services import lambda_svc  # type: ignore[import-untyped]

from infra.local.faults.state_file import Switches

SOON = 0.05  # seconds; most calls of a warm function take longer
SPARED = "-web"  # whoever looks at a page should see what the fault does to orders, not to pages


def kill_and_refuse(switches: Switches) -> None:
    invoke, find_a_slot = Worker.invoke, lambda_svc._acquire_execution_slot

    def struck(fault: str, function: str) -> bool:
        one_in = switches.strength(fault)
        spared = function.endswith(SPARED)
        return bool(one_in) and not spared and random.random() < 1 / one_in  # noqa: S311 (a fault)

    def mortal(worker: Any, *given: Any, **named: Any) -> Any:
        if not struck("kill", worker.func_name):
            return invoke(worker, *given, **named)
        death = Timer(random.uniform(0, SOON), _kill, [worker])  # noqa: S311 (a fault)
        death.start()
        try:
            return invoke(worker, *given, **named)
        finally:
            death.cancel()

    def a_slot_or_none(func: Any, config: dict[str, Any]) -> Any:
        if struck("throttle", config.get("FunctionName", "")):
            return None, "function"
        return find_a_slot(func, config)

    Worker.invoke = mortal
    lambda_svc._acquire_execution_slot = a_slot_or_none


def _kill(worker: Any) -> None:
    process = worker._proc
    if process is not None:
        process.kill()
