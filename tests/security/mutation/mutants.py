"""The control mutants of mutants.yaml: a file of the repository with one text replaced."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from infra.build.bundles import ROOT

MUTANTS_FILE = Path(__file__).with_name("mutants.yaml")


@dataclass(frozen=True)
class Mutant:
    """``replace`` occurs exactly once in ``file``; ``by`` takes its place."""

    name: str
    file: str
    replace: str
    by: str

    def applied(self, text: str) -> str:
        """The mutated text of the file. Raises ``ValueError`` if the mutant does not fit it."""
        if text.count(self.replace) != 1 or self.by == self.replace:
            raise ValueError(f"{self.name}: its text must occur once in {self.file}")
        return text.replace(self.replace, self.by)

    def lines(self, root: Path = ROOT) -> range:
        """The lines of the original text in the file, counted from 1."""
        before, _, _ = (root / self.file).read_text().partition(self.replace)
        first = before.count("\n") + 1
        return range(first, first + self.replace.count("\n") + 1)


@cache
def load_mutants() -> dict[str, Mutant]:
    """All mutants by name."""
    return parse_mutants(MUTANTS_FILE.read_text())


def parse_mutants(text: str) -> dict[str, Mutant]:
    return {name: Mutant(name, **fields) for name, fields in (yaml_parse(text) or {}).items()}
