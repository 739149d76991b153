"""Watch the files that are deployed; static files are served without a deployment."""

from collections.abc import Iterator
from pathlib import Path

from watchfiles import DefaultFilter, watch

from infra.build.bundles import ROOT

WATCHED = ("app", "workers", "workflow", "frontend", "requirements", "infra")


class DeployedFiles(DefaultFilter):
    """Accepts code, page and email templates, requirements, and the infrastructure template."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._infra = root / "infra"
        self._static = root / "frontend/static"

    def __call__(self, change: object, path: str) -> bool:
        file = Path(path)
        if file.is_relative_to(self._static):
            return False
        if file.is_relative_to(self._infra):
            return file.parent == self._infra and file.suffix in {".yaml", ".yml", ".json"}
        return super().__call__(change, path)  # type: ignore[arg-type]


def changed_files(root: Path = ROOT) -> Iterator[tuple[str, ...]]:
    """Yields the paths of each group of changes, relative to the root, until interrupted."""
    folders = [root / name for name in WATCHED if (root / name).exists()]
    for changes in watch(*folders, watch_filter=DeployedFiles(root), debounce=400, step=100):
        yield tuple(sorted(str(Path(path).relative_to(root)) for _, path in changes))
