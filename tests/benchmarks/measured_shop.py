"""A measurement of the deployed functions, in a shop of its own, as a command with a report."""

import argparse
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.benchmarks.cost.__main__ import print_lines
from tests.fake_clouds import DeployedShop, deployed_settings, deployed_shop, use_cloud


def measure_shop[R](
    measure: Callable[[DeployedShop, int], R],
    report_lines: Callable[[R], Iterable[str]],
    *,
    size: tuple[str, int],
    report: Path,
) -> R:
    """Measure, and print the lines; with ``--report`` they are written to the file too.

    ``size`` is the name of the option that says how much to measure, and its default.
    """
    name, default = size
    parser = argparse.ArgumentParser()
    parser.add_argument(f"--{name}", dest="size", type=int, default=default)
    parser.add_argument("--report", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, deployed_shop(Path(home)) as shop:
        use_cloud(deployed_settings(shop))
        run = measure(shop, arguments.size)
    lines = [*report_lines(run)]
    print_lines(*lines)
    if arguments.report:
        report.write_text("\n".join([*lines, ""]))
    return run
