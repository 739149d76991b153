"""Evaluates constant calls while a template is compiled: a page then has their result as text.

A template asks for some sixty translations. Each environment has one language, so these are the
same in every request.
"""

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer

TRANSLATE = ("_", "gettext")


class LocalizedEnvironment(Environment):
    """An environment of one language. Its filters and globals are set before a template is loaded.

    ``constant_functions`` are global functions that return the same for the same arguments.
    """

    translate: Callable[[str], str]
    constant_functions: Mapping[str, Callable[..., str]]

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, *args: Any, **kw: Any
    ) -> str:
        """Jinja's hook between parsing a template and generating its code."""
        return super()._generate(_ConstantCalls(self).visit(source), name, filename, *args, **kw)


class _ConstantCalls(NodeTransformer):
    def __init__(self, environment: LocalizedEnvironment) -> None:
        self._environment = environment

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 (Jinja's name)
        self.generic_visit(node)
        constants = [it.value for it in node.args if isinstance(it, nodes.Const)]
        has_unknown = node.dyn_args or node.dyn_kwargs or len(constants) != len(node.args)
        if not isinstance(node.node, nodes.Name) or has_unknown:
            return node
        return self._evaluate(node.node.name, constants, node.kwargs) or node

    def _evaluate(
        self, function: str, constants: list[Any], variables: list[nodes.Keyword]
    ) -> nodes.Node | None:
        """The result of a call, or a message with its variables to fill in; else ``None``."""
        if function in TRANSLATE:
            # As Jinja's own: a message is trusted, its variables are escaped.
            text = self._environment.translate(*constants)
            if not variables:
                return nodes.MarkSafe(nodes.Const(text % {}))
            pairs = [nodes.Pair(nodes.Const(it.key), it.value) for it in variables]
            return nodes.Mod(nodes.MarkSafe(nodes.Const(text)), nodes.Dict(pairs))
        if function in self._environment.constant_functions and not variables:
            return nodes.Const(self._environment.constant_functions[function](*constants))
        return None
