"""Several commands at once, whose words are told one after the other, as if they had run so."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

PAUSE = 0.2  # seconds between two looks for more words


def side_by_side(commands: Sequence[Sequence[str]], folder: Path) -> int:
    """Run them all in this folder and print what they say; the worst exit code of them.

    The words of one never mix with those of another: each is told live once those before it have
    ended. Whatever ends this run, Ctrl-C included, ends all of them.
    """
    with TemporaryDirectory() as notes:
        written = [Path(notes) / str(place) for place, _ in enumerate(commands)]
        running = [
            _start(command, folder, note) for command, note in zip(commands, written, strict=True)
        ]
        try:
            return max(_tell(run, note) for run, note in zip(running, written, strict=True))
        finally:
            for run in running:
                run.terminate()
            for run in running:
                run.wait()


def _start(command: Sequence[str], folder: Path, note: Path) -> subprocess.Popen[bytes]:
    with note.open("wb") as words:
        return subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=words, stderr=subprocess.STDOUT
        )


def _tell(run: subprocess.Popen[bytes], note: Path) -> int:
    with note.open("rb") as words:
        while True:
            ended = run.poll() is not None  # looked at first, so that no last words are missed
            said = words.read()
            sys.stdout.write(said.decode(errors="replace"))
            sys.stdout.flush()
            if ended and not said:
                return abs(run.wait())
            if not said:
                time.sleep(PAUSE)
