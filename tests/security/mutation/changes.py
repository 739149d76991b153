"""The claims whose row, mutant, control or test has changed since a Git revision."""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from infra.build.bundles import ROOT
from tests.code_mutation.changes import changed_lines, places_of
from tests.security.evidence import HERE, parse_requirements
from tests.security.mutation.claims import Claim, parse_claims
from tests.security.mutation.mutants import MUTANTS_FILE, Mutant, parse_mutants

NEARBY = 10  # lines before and after the text of a mutant


def base_revision() -> str:
    """Where this branch left the main one; what is not committed yet if there is no remote."""
    return _git("merge-base", "HEAD", "origin/main").strip() or "HEAD"


def changed_claims(
    claims: Iterable[Claim], mutants: Mapping[str, Mutant], revision: str
) -> list[Claim]:
    lines = changed_lines(_git("diff", "--unified=0", "--no-color", revision))
    tests = {f"{path}::{name}" for path, name in places_of(lines)}
    old_claims = {it.id: it for it in parse_claims(parse_requirements(_old(revision, _ASVS)))}
    old_mutants = parse_mutants(_old(revision, MUTANTS_FILE))
    changed = {
        name
        for name, mutant in mutants.items()
        if mutant != old_mutants.get(name) or _is_near(mutant, lines)
    }
    return [
        claim
        for claim in claims
        if claim != old_claims.get(claim.id) or changed & {*claim.mutants} or tests & {*claim.tests}
    ]


_ASVS = HERE / "asvs.yaml"


def _old(revision: str, path: Path) -> str:
    return _git("show", f"{revision}:{path.relative_to(ROOT)}")


def _is_near(mutant: Mutant, lines: Mapping[str, set[int]]) -> bool:
    own = mutant.lines()
    near = {*range(own.start - NEARBY, own.stop + NEARBY)}
    return bool(near & lines.get(mutant.file, set()))


def _git(*arguments: str) -> str:
    """The output of Git, which is empty if it knows no such revision or file."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
