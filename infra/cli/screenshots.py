"""`shop screenshots`: screenshots for the README, on phone and desktop, in light and dark theme."""

from infra.cli.subprocesses import run_module


def screenshots() -> None:
    """Update frontend/screenshots from the running shop."""
    run_module("tests.browser.checks", "screenshots")
