"""The functions that have changed since a revision, from the lines of `git diff`."""

import ast
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator

from infra.build.bundles import ROOT
from tests.code_mutation.mutants import functions_of

HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")


def changed_places(revision: str) -> set[tuple[str, str]]:
    """Path and qualified name of each function with a changed line."""
    command = ["git", "diff", "--unified=0", "--no-color", revision, "--", "*.py"]
    diff = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(places_of(changed_lines(diff.stdout)))


def changed_lines(diff: str) -> dict[str, set[int]]:
    """The line numbers in the new version of each file."""
    lines: dict[str, set[int]] = defaultdict(set)
    path = ""
    for line in diff.splitlines():
        if line.startswith("+++ "):
            path = line.removeprefix("+++ b/")
        elif match := HUNK.match(line):
            first, count = int(match[1]), int(match[2] or 1)
            lines[path] |= {*range(first, first + max(1, count))}
    return lines


def places_of(lines: dict[str, set[int]]) -> Iterator[tuple[str, str]]:
    """The functions of Python files that have one of these lines."""
    for path, numbers in lines.items():
        if not path.endswith(".py") or not (ROOT / path).is_file():
            continue
        for qualname, function in functions_of(ast.parse((ROOT / path).read_text())):
            if numbers & {*range(function.lineno, (function.end_lineno or 0) + 1)}:
                yield path, qualname
