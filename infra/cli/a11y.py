"""`shop a11y`: an axe report on every page and state of the running shop."""

from infra.cli.subprocesses import run_module


def a11y() -> None:
    """Check every page and state of the running shop with axe.

    Writes tests/reports/a11y.md.
    """
    run_module("tests.browser.checks", "a11y")
