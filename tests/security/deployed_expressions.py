"""The regular expressions of the deployed code, read from its source, and how each is used."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.build.bundles import ROOT
from tests.security.regular_expressions import SEARCHES

METHODS = SEARCHES | {"match", "fullmatch"}


@dataclass(frozen=True)
class Expression:
    """A pattern, where it stands, and the methods that are called on it.

    A pattern in a table counts as used by every method that its module calls on a variable, and a
    pattern without any use by all methods.
    """

    place: str
    pattern: str | bytes
    flags: int
    methods: frozenset[str]


def deployed_modules() -> list[Path]:
    folders = ("app", "workers", "workflow")
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def deployed_expressions() -> list[Expression]:
    trees = {path: ast.parse(path.read_text()) for path in deployed_modules()}
    uses = _uses([*trees.values()])
    return [
        expression
        for path, tree in trees.items()
        for expression in expressions_in(tree, str(path.relative_to(ROOT)), uses)
    ]


def expressions_in(
    tree: ast.AST, place: str, uses: dict[str, frozenset[str]]
) -> Iterator[Expression]:
    names = {
        id(node.value): target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    in_tables = frozenset().union(
        *(it for name, it in _uses([tree]).items() if name.islower() and name != "re")
    )
    in_tables = in_tables or METHODS
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        where = f"{place}:{node.lineno} {names.get(id(node), '')}".strip()
        for keyword in node.keywords:
            if keyword.arg == "pattern" and isinstance(keyword.value, ast.Constant):
                yield Expression(where, _text(keyword.value), 0, frozenset({"search"}))
        if method := re_function(node):
            used = uses.get(names.get(id(node), ""), in_tables)
            methods = used if method == "compile" else frozenset({method})
            yield Expression(where, _text(node.args[0]), _flags(node), methods)


def re_function(node: ast.Call) -> str:
    """The name of the function of ``re`` that is called, or ""."""
    function = node.func
    if not isinstance(function, ast.Attribute) or ast.unparse(function.value) != "re":
        return ""
    return function.attr if function.attr in METHODS | {"compile"} else ""


def _text(node: ast.expr) -> str | bytes:
    text = ast.literal_eval(node)
    assert isinstance(text, str | bytes)
    return text


def _flags(call: ast.Call) -> int:
    """The last argument of ``re.compile``; the other functions are called without flags."""
    arguments = [*call.args[1:], *(it.value for it in call.keywords if it.arg == "flags")]
    names = [
        it.attr for node in arguments for it in ast.walk(node) if isinstance(it, ast.Attribute)
    ]
    flags = re.NOFLAG
    for name in names:
        if name in re.RegexFlag.__members__:
            flags |= re.RegexFlag[name]
    return int(flags)


def _uses(trees: list[ast.AST]) -> dict[str, frozenset[str]]:
    """The methods that are called on each name, such as ``fullmatch`` on ``SKU``."""
    uses: dict[str, set[str]] = {}
    for node in (it for tree in trees for it in ast.walk(tree)):
        if not isinstance(node, ast.Attribute) or node.attr not in METHODS:
            continue
        if isinstance(node.value, ast.Name):
            uses.setdefault(node.value.id, set()).add(node.attr)
    return {name: frozenset(methods) for name, methods in uses.items()}
