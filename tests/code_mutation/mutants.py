"""The mutants of the modules under test, and how one replaces the code of a running process."""

import ast
import gc
import random
from collections.abc import Collection, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import CodeType, FunctionType

from infra.build.bundles import ROOT
from tests.code_mutation.operators import OPERATORS

MODULES = (
    *("app/orders/*.py", "app/payments/*.py", "app/inventory/*.py", "app/cart/*.py"),
    *("app/persistence/idempotency.py", "app/aws/sqs.py"),
    *(f"app/emails/{it}.py" for it in ("delivery", "recipient_limits", "send_leases")),
    *(f"app/analytics/{it}.py" for it in ("facts", "figures", "rollup")),
    *("app/aws/step_functions.py", "workers/*.py", "workflow/*.py"),
)

type FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Mutant:
    """One changed node of a function that is not nested in another one.

    ``index`` is the position of the node in the function, and ``changed`` takes its place. ``name``
    identifies the mutant as long as the function stays the same: its line counts from the first.
    """

    path: str
    function: str
    line: int
    source: str
    change: str
    number: int
    original: FunctionNode = field(repr=False, compare=False)
    index: int
    changed: ast.AST = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        line = self.line - self.original.lineno
        return f"{self.path}:{self.function}+{line}: {self.change} #{self.number}"

    @property
    def place(self) -> tuple[str, str]:
        return self.path, self.function

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.function}: {self.change}\n    {self.source}"


def list_mutants() -> list[Mutant]:
    """All mutants, in the order of the source files."""
    paths = sorted({path for pattern in MODULES for path in ROOT.glob(pattern)})
    return [mutant for path in paths for mutant in mutants_of_file(path)]


def sample_of(mutants: list[Mutant], size: int, seed: int) -> list[Mutant]:
    """A random sample that is the same for the same seed and the same mutants."""
    return random.Random(seed).sample(mutants, min(size, len(mutants)))


def mutants_of_file(path: Path, root: Path = ROOT) -> Iterator[Mutant]:
    text = path.read_text()
    lines = text.splitlines()
    for qualname, function in functions_of(ast.parse(text)):
        place = (path.relative_to(root).as_posix(), qualname)
        numbers = count(1)
        for index, node in enumerate(_mutable_nodes(function)):
            line: int = node.lineno  # type: ignore[attr-defined]
            for change, changed in (pair for operator in OPERATORS for pair in operator(node)):
                source = lines[line - 1].strip()
                number = next(numbers)
                yield Mutant(*place, line, source, change, number, function, index, changed)


def functions_of(module: ast.Module) -> Iterator[tuple[str, FunctionNode]]:
    """The functions and methods of a module with their qualified names."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node
        if isinstance(node, ast.ClassDef):
            for it in node.body:
                if isinstance(it, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{node.name}.{it.name}", it


def _mutable_nodes(function: FunctionNode) -> list[ast.AST]:
    """The nodes of the body, in a fixed order; signature, decorators and annotations stay."""
    nodes = [node for statement in function.body for node in _walk(statement)]
    return [node for node in nodes if hasattr(node, "lineno")]


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child)


def _mutated(mutant: Mutant) -> FunctionNode:
    copy = deepcopy(mutant.original)
    target = _mutable_nodes(copy)[mutant.index]

    class Replace(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            if node is target:
                return ast.copy_location(deepcopy(mutant.changed), node)
            return self.generic_visit(node)

    replaced = Replace().visit(copy)
    assert isinstance(replaced, ast.FunctionDef | ast.AsyncFunctionDef)
    return ast.fix_missing_locations(replaced)


def apply_mutant(mutant: Mutant) -> int:
    """Give every function object of this process the mutated code. Returns how many there were.

    A function that is decorated or imported elsewhere is changed too, because its object stays the
    same. Constants of a module are evaluated once and are therefore not mutated.
    """
    path = str(ROOT / mutant.path)
    code = _compiled(mutant, path)
    gc.unfreeze()  # the simulator freezes what was imported, and frozen objects are not listed
    functions = [
        it
        for it in gc.get_objects()
        if isinstance(it, FunctionType) and _is_original(it.__code__, path, mutant.function)
    ]
    for function in functions:
        function.__code__ = code
    return len(functions)


def _is_original(code: CodeType, path: str, qualname: str) -> bool:
    return code.co_filename == path and code.co_qualname == qualname


def _compiled(mutant: Mutant, path: str) -> CodeType:
    """Compiled inside its module, so that free variables and names resolve in the same way."""
    module = ast.parse(Path(path).read_text())
    function = _mutated(mutant)
    _keep_free_variables(function, _code_of(mutant.function, module, path).co_freevars)
    classes = [it for it in module.body if isinstance(it, ast.ClassDef)]
    parents: list[ast.Module | ast.ClassDef] = [module, *classes]
    for parent in parents:
        parent.body = [function if _is_same_function(it, function) else it for it in parent.body]
    return _code_of(mutant.function, module, path)


def _code_of(qualname: str, module: ast.Module, path: str) -> CodeType:
    code = compile(ast.fix_missing_locations(module), path, "exec", dont_inherit=True)
    return next(it for it in _nested(code) if it.co_qualname == qualname)


def _keep_free_variables(function: FunctionNode, names: Sequence[str]) -> None:
    """Mention them in a branch that never runs.

    Only code with the same free variables can replace that of a function object.
    """
    for name in names:
        function.body += ast.parse(f"if False:\n    {name}").body


def _is_same_function(statement: ast.stmt, function: FunctionNode) -> bool:
    return (
        isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
        and statement.lineno == function.lineno
    )


def _nested(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _nested(constant)


def of_functions(mutants: list[Mutant], places: Collection[tuple[str, str]]) -> list[Mutant]:
    """The mutants of these functions, given as path and qualified name."""
    return [mutant for mutant in mutants if mutant.place in places]
