"""Call one handler in this process, which has the function's environment and its role's key.

``python -m infra.local.debugging.handler_process <handler> <function name>``; standard input is the
terminal, so the event is in the environment variable ``DEBUG_EVENT``.
"""

import ast
import inspect
import json
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pdb import Pdb
from typing import Any

from ulid import ULID

EVENT, STOPS = "DEBUG_EVENT", "DEBUG_STOPS"
SECONDS = 3_600  # a person thinks longer than a function's timeout

type Handler = Callable[[Any, object], Any]


class DebugContext:
    """The attributes of a Lambda context that handlers read."""

    memory_limit_in_mb = "512"

    def __init__(self, function_name: str) -> None:
        self.function_name = function_name
        self.function_version = "$LATEST"
        self.invoked_function_arn = f"arn:aws:lambda:local:000000000000:function:{function_name}"
        self.aws_request_id = f"debug-{ULID()}"
        self._deadline = time.monotonic() + SECONDS

    def get_remaining_time_in_millis(self) -> int:
        return int((self._deadline - time.monotonic()) * 1_000)


def call_in_debugger(handler: Handler, event: Any, context: object) -> Any:
    """Stops at the first line of the handler itself, not in its decorators."""
    debugger = Pdb()
    debugger.set_break(*first_statement(handler), temporary=True)
    debugger.rcLines.append("continue")  # past the outermost decorator, where pdb stops first
    return debugger.runcall(handler, event, context)


def first_statement(handler: Handler) -> tuple[str, int]:
    """File and line of the first statement after the docstring."""
    function = inspect.unwrap(handler)
    lines, first_line = inspect.getsourcelines(function)
    (definition,) = ast.parse("".join(lines)).body
    assert isinstance(definition, ast.FunctionDef)
    has_docstring = ast.get_docstring(definition) is not None
    statement = definition.body[1 if has_docstring else 0]
    return inspect.getsourcefile(function) or "", first_line + statement.lineno - 1


def main(handler_name: str, function_name: str) -> None:
    event = json.loads(os.environ.pop(EVENT))
    module, _, name = handler_name.rpartition(".")
    handler: Handler = getattr(import_module(module), name)
    context = DebugContext(function_name)
    stops = os.environ.pop(STOPS, "")
    result = call_in_debugger(handler, event, context) if stops else handler(event, context)
    print(json.dumps(result, indent=2, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
