"""Make MiniStack unpack each bundle once, instead of once for each function process.

Unpacking takes as long as starting a process, and it blocks the emulator: twenty concurrent
requests to an idle shop would each wait for twenty unpackings.
"""

import hashlib
import tempfile
import zipfile
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime  # type: ignore[import-untyped]

_lock = Lock()


class _CachingZipFile(zipfile.ZipFile):
    """Replaces the target folder of ``extractall`` with a link to the unpacked bundle."""

    def extractall(self, path: Any = None, *_: Any) -> None:
        folder, target = self._unpacked(), Path(path)
        target.rmdir()
        target.symlink_to(folder)

    def _unpacked(self) -> Path:
        """Named by its content, in the scratch folder, which is deleted with the emulator."""
        content = Path(self.filename or "").read_bytes()
        folder = Path(tempfile.gettempdir()) / f"code-{hashlib.sha256(content).hexdigest()[:16]}"
        with _lock:
            if not folder.exists():
                temporary = tempfile.mkdtemp(prefix="unpacking-")
                super().extractall(temporary)
                Path(temporary).rename(folder)
        return folder


def cache_unpacked_bundles() -> None:
    """Patch MiniStack's ``zipfile`` module."""
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": _CachingZipFile})
