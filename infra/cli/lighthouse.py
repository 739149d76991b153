"""`shop lighthouse`: Lighthouse scores and page weights of the main pages."""

from infra.cli.subprocesses import run_module


def lighthouse() -> None:
    """Score and weigh the main pages of the running shop.

    Writes tests/reports/lighthouse.md.
    """
    run_module("tests.browser.checks", "lighthouse")
