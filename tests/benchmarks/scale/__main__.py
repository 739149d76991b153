"""`shop scale` as a process: measure every page of a small and of a large shop."""

import argparse
import sys
from pathlib import Path

import tests.conftest  # noqa: F401 (removes AWS credentials from the environment)
from tests.benchmarks.cost.__main__ import print_lines
from tests.benchmarks.scale.catalogs import ORDERS_PER_DAY
from tests.benchmarks.scale.measurement import CURRENT, measure_pages
from tests.benchmarks.scale.report import report_lines

SMALL_PRODUCTS, SMALL_ORDERS = 25, ORDERS_PER_DAY


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.scale")
    parser.add_argument("--products", type=int, default=2_000)
    parser.add_argument("--orders", type=int, default=3_000)
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    small = measure_pages(SMALL_PRODUCTS, SMALL_ORDERS, CURRENT)
    large = measure_pages(arguments.products, arguments.orders, CURRENT)
    sizes = f"{arguments.products:,} products and {arguments.orders:,} orders"
    small_sizes = f"{SMALL_PRODUCTS} products and {SMALL_ORDERS} orders"
    lines = [*report_lines(sizes, small_sizes, small, large)]
    beyond = [name for name in CURRENT if not large[name].is_within_bounds]
    print_lines(*lines, "", *(f"{name} is beyond a bound" for name in beyond))
    if arguments.report:
        arguments.report.write_text("\n".join(["# Pages of a large shop", "", *lines, ""]))
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
