"""Let MiniStack unpack each bundle once, not once for each process that it starts.

Unpacking takes as long as starting does, in the one process that everything waits for: twenty
people who come at once to a shop that has stood idle would each wait for twenty times that.
"""

import hashlib
import tempfile
import zipfile
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime  # type: ignore[import-untyped]

_one_at_a_time = Lock()


class _UnpackedOnce(zipfile.ZipFile):
    """The folder that a process wants its code in becomes a link to where it lies already."""

    def extractall(self, path: Any = None, *_: Any) -> None:
        folder, wanted = self._shared(), Path(path)
        wanted.rmdir()
        wanted.symlink_to(folder)

    def _shared(self) -> Path:
        """In the scratch folder, which goes when the emulator does; named by its content."""
        content = Path(self.filename or "").read_bytes()
        folder = Path(tempfile.gettempdir()) / f"code-{hashlib.sha256(content).hexdigest()[:16]}"
        with _one_at_a_time:
            if not folder.exists():
                unpacked = tempfile.mkdtemp(prefix="unpacking-")
                super().extractall(unpacked)
                Path(unpacked).rename(folder)
        return folder


def unpack_once() -> None:
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": _UnpackedOnce})
