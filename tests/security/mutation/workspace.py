"""A copy of the repository in which one mutant at a time is planted."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from infra.build.bundles import ROOT
from tests.security.mutation.mutants import Mutant


class Workspace:
    """The files of the working tree that Git does not ignore, with a Git index of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._times = count(1_000_000_000)

    @contextmanager
    def planted(self, mutant: Mutant) -> Iterator[None]:
        path = self.folder / mutant.file
        original = path.read_text()
        self._write(path, mutant.applied(original))
        try:
            yield
        finally:
            self._write(path, original)

    def _write(self, path: Path, text: str) -> None:
        """Each time with another modification time: Python compares it with that of its cache."""
        path.write_text(text)
        time = next(self._times)
        os.utime(path, (time, time))


@contextmanager
def copied_tree() -> Iterator[Workspace]:
    with tempfile.TemporaryDirectory(prefix="control-mutants-") as name:
        folder = Path(name).resolve()
        for file in _listed_files():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, folder / file)
        for arguments in (["init", "--quiet"], ["add", "--all"]):
            subprocess.run(["git", *arguments], cwd=folder, check=True)
        yield Workspace(folder)


def _listed_files() -> list[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    names = listed.stdout.decode().split("\0")
    return [name for name in names if name and (ROOT / name).is_file()]
