"""Evaluates the workflow's definition: expressions, error names and names of functions.

JSONata paths and comparisons are evaluated directly, all else by the library, which is slower.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonata  # type: ignore[import-untyped]

type Data = dict[str, Any]

EXPRESSION = re.compile(r"\{%\s*(.*\S)\s*%\}", re.DOTALL)
PATH_OR_COMPARISON = re.compile(r"\$states\.([\w.]+)(?: = '(\w+)')?")
NO_VARIABLES: Mapping[str, Any] = {}
EvaluationError = jsonata.JException  # also what the function $error raises


def evaluate_template(value: Any, states: Data, variables: Mapping[str, Any] = NO_VARIABLES) -> Any:
    """Evaluate each expression in a payload or an output.

    ``states`` is the content of ``$states``, ``variables`` what ``Assign`` has set.
    """
    if isinstance(value, dict):
        return {name: evaluate_template(it, states, variables) for name, it in value.items()}
    if isinstance(value, list):
        return [evaluate_template(it, states, variables) for it in value]
    return evaluate_expression(value, states, variables) if isinstance(value, str) else value


def evaluate_expression(
    expression: str, states: Data, variables: Mapping[str, Any] = NO_VARIABLES
) -> Any:
    """The value of an expression; any other text is returned unchanged."""
    code = EXPRESSION.fullmatch(expression)
    if code is None:
        return expression
    if known := _parse(code[1]):
        path, text = known
        value: Any = states
        for name in path:
            value = value[name]
        return value if text is None else value == text
    compiled = _compile(code[1])
    compiled.assign("states", states)
    for name, value in variables.items():
        compiled.assign(name, value)
    return compiled.evaluate(None)


@cache
def _parse(code: str) -> tuple[tuple[str, ...], str | None] | None:
    parsed = PATH_OR_COMPARISON.fullmatch(code)
    return (tuple(parsed[1].split(".")), parsed[2]) if parsed else None


@cache
def _compile(code: str) -> Any:
    return jsonata.Jsonata.jsonata(code)


def kebab_case(name: str) -> str:
    """``OpenIssue`` becomes ``open-issue``, as the template names the function."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def matches(error_equals: list[str], error: str) -> bool:
    """``States.TaskFailed`` matches every error but a timeout, ``States.ALL`` matches all."""
    if "States.ALL" in error_equals or error in error_equals:
        return True
    return "States.TaskFailed" in error_equals and error != "States.Timeout"
