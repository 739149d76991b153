"""Mutation operators: each yields changed copies of one node of the syntax tree."""

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy

type Operator = Callable[[ast.AST], Iterator[tuple[str, ast.AST]]]

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,  # conditions of DynamoDB
    ast.BitOr: ast.BitAnd,
}
NOT_REMOVED = {"log", "log_error"}


def swap_comparison(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            changed = deepcopy(node)
            changed.ops[index] = COMPARISONS[type(operator)]()
            yield "other comparison", changed


def swap_arithmetic(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        changed = deepcopy(node)
        changed.op = ARITHMETIC[type(node.op)]()
        yield "other operator", changed


def swap_and_or(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.BoolOp):
        changed = deepcopy(node)
        changed.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield "and for or", changed


def negate_condition(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        changed = deepcopy(node)
        changed.test = ast.UnaryOp(ast.Not(), changed.test)
        yield "negated condition", changed


def drop_not(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield "without not or minus", deepcopy(node.operand)


def change_constant(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Numbers grow by one, truth values flip. Strings stay."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
        value = not node.value if isinstance(node.value, bool) else node.value + 1
        yield f"{value} for {node.value}", ast.Constant(value)


def return_none(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Return) and node.value and not _is_none(node.value):
        yield "returns None", ast.Return(ast.Constant(None))


def remove_statement(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Without a call, a raise, a break or an addition; a log line stays."""
    is_call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.YieldFrom)
    if is_call and not _is_log(node):
        yield "without the call", ast.Pass()
    if isinstance(node, ast.Raise | ast.Break | ast.Continue | ast.AugAssign):
        yield "without the statement", ast.Pass()


def remove_keyword_argument(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """For example without ``condition=...`` or ``consistent_read=True``."""
    if isinstance(node, ast.Call) and not _is_log(node):
        for index, keyword in enumerate(node.keywords):
            changed = deepcopy(node)
            del changed.keywords[index]
            yield f"without {keyword.arg}=", changed


def remove_element(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """For example without one of the actions of an update."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set) and isinstance(
        getattr(node, "ctx", ast.Load()), ast.Load
    ):
        for index in range(len(node.elts)):
            changed = deepcopy(node)
            del changed.elts[index]
            yield f"without element {index + 1}", changed


OPERATORS: tuple[Operator, ...] = (
    swap_comparison,
    swap_arithmetic,
    swap_and_or,
    negate_condition,
    drop_not,
    change_constant,
    return_none,
    remove_statement,
    remove_keyword_argument,
    remove_element,
)


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_log(node: ast.AST) -> bool:
    call = node.value if isinstance(node, ast.Expr) else node
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in NOT_REMOVED
    )
