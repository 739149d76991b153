"""The HTML report of a run: one file without external resources, in the run's folder."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.verification import format_violations
from tests.load.assertions import Assertion, RunResult
from tests.load.charts import chart_series, render_chart
from tests.load.page_times import summarize_pages
from tests.load.plan import Plan

HERE = Path(__file__).parent


def write_html_report(
    folder: Path, plan: Plan, result: RunResult, assertions: Sequence[Assertion], compared: str
) -> Path:
    """``compared`` is a sentence that lists what the consistency check read."""
    jinja = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    recording = result.recording
    page = jinja.get_template("report.html").render(
        plan=plan,
        load=describe_load(plan),
        machine=describe_machine(),
        generator_share=recording.end.cpu_seconds / max(recording.end.seconds, 1),
        passed=all(assertion.passed for assertion in assertions),
        assertions=assertions,
        pages=summarize_pages(recording.requests),
        charts=chart_series(recording.requests),
        render_chart=render_chart,
        compared=compared,
        violations=format_violations(result.violations),
    )
    path = folder / "report.html"
    path.write_text(page, "utf-8")
    return path


def describe_load(plan: Plan) -> str:
    return f"{plan.arrivals:g} visitors per second" if plan.arrivals else f"{plan.users} users"


def describe_machine() -> str:
    return f"{os.cpu_count()} processors, Python {platform.python_version()}"
