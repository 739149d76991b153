"""One emulator for the tests of all mutants: `python -m tests.security.mutation.shared_cloud`.

It runs until its standard input is closed.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from infra.build.bundles import ROOT


@contextmanager
def shared_cloud(folder: Path) -> Iterator[None]:
    """Run the emulator in a process of its own; it is ready as soon as the block begins."""
    command = [sys.executable, "-m", __name__, str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            if not process.stdout.readline():
                raise RuntimeError("The emulator did not start.")
            yield
        finally:
            process.stdin.close()


def main() -> None:
    import_module("tests.conftest")  # sets an environment in which no call can reach AWS
    fake_clouds = import_module("tests.fake_clouds")
    with fake_clouds.passive_cloud(Path(sys.argv[1])) as cloud:
        cloud.state_dir.write_ports(cloud.web_port, cloud.port)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
