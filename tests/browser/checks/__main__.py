"""`shop a11y`, `shop lighthouse` and `shop screenshots` as processes: run one of the checks."""

import argparse

from infra.cli.subprocesses import exit_with
from tests.browser.checks.a11y import write_a11y_report
from tests.browser.checks.lighthouse import write_lighthouse_report
from tests.browser.checks.screenshots import take_screenshots

CHECKS = {
    "a11y": write_a11y_report,
    "lighthouse": write_lighthouse_report,
    "screenshots": take_screenshots,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.browser.checks")
    parser.add_argument("check", choices=CHECKS)
    return CHECKS[parser.parse_args().check]()


if __name__ == "__main__":
    exit_with(main)
