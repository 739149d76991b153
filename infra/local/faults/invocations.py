"""Kill functions while they run, or throttle their invocations."""

import random
from threading import Timer
from typing import Any

from ministack.core.lambda_runtime import Worker  # type: ignore[import-untyped]
from ministack.services import lambda_svc  # type: ignore[import-untyped]

from infra.local.faults.state_file import FaultStateFile

MAX_KILL_DELAY = 0.05  # seconds; most invocations of a warm function take longer
EXEMPT_SUFFIXES = ("-web", "-admin")  # faults should be seen in orders, not in pages


def kill_and_throttle(faults: FaultStateFile) -> None:
    """Patch MiniStack in this process."""
    invoke, acquire_slot = Worker.invoke, lambda_svc._acquire_execution_slot

    def is_hit(fault: str, function: str) -> bool:
        one_in = faults.strength(fault)
        exempt = function.endswith(EXEMPT_SUFFIXES)
        return bool(one_in) and not exempt and random.random() < 1 / one_in  # noqa: S311 (a fault)

    def invoke_or_kill(worker: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_hit("kill", worker.func_name):
            return invoke(worker, *args, **kwargs)
        timer = Timer(random.uniform(0, MAX_KILL_DELAY), _kill, [worker])  # noqa: S311 (a fault)
        timer.start()
        try:
            return invoke(worker, *args, **kwargs)
        finally:
            timer.cancel()

    def acquire_or_throttle(func: Any, config: dict[str, Any]) -> Any:
        if is_hit("throttle", config.get("FunctionName", "")):
            return None, "function"
        return acquire_slot(func, config)

    Worker.invoke = invoke_or_kill
    lambda_svc._acquire_execution_slot = acquire_or_throttle


def _kill(worker: Any) -> None:
    process = worker._proc
    if process is not None:
        process.kill()
