"""The report of a run: one HTML file that needs nothing else, in the run's folder."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.verification import told
from tests.load.assertions import Evidence, Verdict
from tests.load.charts import curves, drawn
from tests.load.page_times import pages
from tests.load.plan import Plan

HERE = Path(__file__).parent


def write_report(
    folder: Path, plan: Plan, evidence: Evidence, verdicts: Sequence[Verdict], compared: str
) -> Path:
    """``compared`` says in a sentence what the audit looked at."""
    jinja = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    noted = evidence.noted
    page = jinja.get_template("report.html").render(
        plan=plan,
        who=who_came(plan),
        machine=machine(),
        load_share=noted.ended.cpu_seconds / max(noted.ended.seconds, 1),
        kept=all(it.kept for it in verdicts),
        verdicts=verdicts,
        pages=pages(noted.requests),
        curves=curves(noted.requests),
        drawn=drawn,
        compared=compared,
        audit=told(evidence.breaches),
    )
    path = folder / "report.html"
    path.write_text(page, "utf-8")
    return path


def who_came(plan: Plan) -> str:
    return f"{plan.arrivals:g} visitors a second" if plan.arrivals else f"{plan.users} users"


def machine() -> str:
    return f"{os.cpu_count()} processors, Python {platform.python_version()}"
