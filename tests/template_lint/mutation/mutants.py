"""One wrong edge each: what is changed, where, and what it is then."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.template_lint.mutation.trees import GONE, Path, at, changed

type Template = dict[str, Any]
# Stands where a resource was: does nothing, and others may still refer to it.
NO_RESOURCE = {"Type": "AWS::CloudFormation::WaitConditionHandle"}

type Operator = Callable[[Template], Iterator["Mutant"]]


@dataclass(frozen=True)
class Mutant:
    """``path`` leads through the translated template, or through a workflow beside it."""

    path: Path
    value: Any

    @property
    def name(self) -> str:
        where = "/".join(map(str, self.path))
        return f"{where} gone" if self.value is GONE else f"{where} = {self.value}"

    def of(self, tree: Any) -> Any:
        return changed(tree, self.path, self.value)


def of_type(template: Template, kind: str) -> Iterator[tuple[Path, Any]]:
    """Where the properties of each resource of a type lie, and what they are."""
    for name, it in template["Resources"].items():
        if it["Type"] == kind:
            yield ("Resources", name, "Properties"), it.get("Properties", {})


def each_gone(tree: Any, path: Path, inner: Path) -> Iterator[Mutant]:
    """Each entry of a list, taken away in turn; the list itself, if it has but one."""
    found = at(tree, inner, None)
    if isinstance(found, list) and len(found) > 1:
        for place in range(len(found)):
            yield Mutant((*path, *inner, place), GONE)
    elif found is not None:
        yield Mutant((*path, *inner), GONE)


def gone(tree: Any, path: Path, *inners: Path) -> Iterator[Mutant]:
    for inner in inners:
        if at(tree, inner, None) is not None:
            yield Mutant((*path, *inner), GONE)


def instead(tree: Any, path: Path, inner: Path, value: Any) -> Iterator[Mutant]:
    """Another value, where there is one."""
    if at(tree, inner, None) is not None:
        yield Mutant((*path, *inner), value)
