"""Mutants of the template: one changed value each, and the operators that create them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.template_lint.mutation.trees import REMOVED, Path, get_at, replace_at

type Template = dict[str, Any]
# Replaces a removed resource: it does nothing, and references to it remain valid.
NO_RESOURCE = {"Type": "AWS::CloudFormation::WaitConditionHandle"}

type Operator = Callable[[Template], Iterator["Mutant"]]


@dataclass(frozen=True)
class Mutant:
    """``path`` points into the transformed template, or into the definition of a workflow."""

    path: Path
    value: Any

    @property
    def name(self) -> str:
        where = "/".join(map(str, self.path))
        return f"{where} removed" if self.value is REMOVED else f"{where} = {self.value}"

    def apply(self, tree: Any) -> Any:
        return replace_at(tree, self.path, self.value)


def properties_of_type(template: Template, kind: str) -> Iterator[tuple[Path, Any]]:
    """The path of the properties of each resource of a type, and the properties."""
    for name, it in template["Resources"].items():
        if it["Type"] == kind:
            yield ("Resources", name, "Properties"), it.get("Properties", {})


def without_each(tree: Any, path: Path, inner: Path) -> Iterator[Mutant]:
    """Remove each entry of a list in turn; remove the list itself if it has one entry."""
    found = get_at(tree, inner, None)
    if isinstance(found, list) and len(found) > 1:
        for place in range(len(found)):
            yield Mutant((*path, *inner, place), REMOVED)
    elif found is not None:
        yield Mutant((*path, *inner), REMOVED)


def without(tree: Any, path: Path, *inners: Path) -> Iterator[Mutant]:
    for inner in inners:
        if get_at(tree, inner, None) is not None:
            yield Mutant((*path, *inner), REMOVED)


def with_value(tree: Any, path: Path, inner: Path, value: Any) -> Iterator[Mutant]:
    """Replace the value, if there is one."""
    if get_at(tree, inner, None) is not None:
        yield Mutant((*path, *inner), value)
