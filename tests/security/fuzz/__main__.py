"""`shop inputs`, from the inside: so many made-up requests against the shop, in this process."""

import argparse
import io
import sys
import tempfile
import time
from contextlib import redirect_stderr
from pathlib import Path

import tests.conftest  # noqa: F401 (must not know any account)
from tests.fake_clouds import passive_cloud
from tests.security.conftest import gathered
from tests.security.fuzz.runner import Tally, try_out
from tests.security.fuzz.strict_keys import as_strict_as_aws
from tests.unit.app.web.conftest import browser_factory


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("--cases", type=int, default=20_000)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    began = time.monotonic()
    tally = tried(given.cases, given.seed)
    said = [tally.line(), *tally.broken[:20], f"{time.monotonic() - began:.0f} s"]
    sys.stdout.write("".join(f"{line}\n" for line in said))
    return 1 if tally.broken else 0


def tried(cases: int, seed: int) -> Tally:
    """Without the log's line for each request."""
    with (
        tempfile.TemporaryDirectory() as home,
        redirect_stderr(io.StringIO()),
        passive_cloud(Path(home)) as cloud,
        gathered(cloud, browser_factory()) as people,
        as_strict_as_aws(),
    ):
        return try_out(people, cases, seed)


if __name__ == "__main__":
    sys.exit(main())
