from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.verification import Violation
from tests.load.assertions import evaluate
from tests.load.charts import INTERVALS, chart_series, render_chart
from tests.load.plan import CatalogItem, Plan
from tests.load.records import RequestRecord
from tests.load.report import write_html_report
from tests.load.sample_results import a_run_result
from tests.load.targets import LOCAL

PLAN = Plan(run_id="261127", url="", seconds=40, users=7, items=(CatalogItem("MUG", "mug"),))


def a_run(seconds: int = 40, each: int = 10) -> list[RequestRecord]:
    return [
        RequestRecord("Home", second, 20, 200) for second in range(seconds + 1) for _ in range(each)
    ]


def test_charts_show_requests_per_second_and_response_times() -> None:
    series = chart_series(a_run())

    assert len(series["Requests per second"]["all pages"]) == INTERVALS
    assert sum(series["Requests per second"]["all pages"]) == 410
    assert set(series["Response time in ms"]["p95"]) == {20}
    assert "Errors" not in series
    assert chart_series([]) == {}


def test_errors_have_a_chart_if_there_are_any() -> None:
    series = chart_series([*a_run(), RequestRecord("Cart", 20, 9, 500, "answered 500")])

    assert sum(series["Errors"]["errors"]) == 1
    assert max(series["Response time in ms"]["p50"]) == 20


@pytest.mark.parametrize("line", [[0.0] * 3, [5.0], [1.0, 900.0, 3.0]])
def test_a_chart_is_an_accessible_image_without_inline_styles(line: list[float]) -> None:
    chart = ElementTree.fromstring(render_chart("Milliseconds", {"p50": line}))

    assert chart.get("role") == "img"
    assert "style" not in str(render_chart("Milliseconds", {"p50": line}))
    polyline = chart.find("polyline")
    assert polyline is not None
    heights = [float(point.split(",")[1]) for point in (polyline.get("points") or "").split()]
    assert all(0 <= height <= 160 for height in heights)


def test_the_report_of_a_successful_run_names_its_load_and_result(tmp_path: Path) -> None:
    result = a_run_result()

    page = write_html_report(
        tmp_path, PLAN, result, evaluate(result, LOCAL), "One order."
    ).read_text()

    assert "All assertions passed" in page
    assert "7 users, 40 s" in page
    assert "The data is consistent." in page
    assert "light dark" in page
    assert "<script" not in page


def test_the_report_of_a_failed_run_names_the_failures_and_escapes_html(tmp_path: Path) -> None:
    result = a_run_result(violations=[Violation("M1", "01ORDER", "<b>charged</b> twice")])

    page = write_html_report(
        tmp_path, PLAN, result, evaluate(result, LOCAL), "One order."
    ).read_text()

    assert "Some assertions failed" in page
    assert "&lt;b&gt;charged&lt;/b&gt; twice" in page
    assert 'class="failed"' in page
