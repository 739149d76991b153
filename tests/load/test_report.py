from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.verification import Breach
from tests.load.assertions import judge
from tests.load.charts import SPANS, curves, drawn
from tests.load.evidence import some_evidence
from tests.load.plan import Plan, Ware
from tests.load.records import Seen
from tests.load.report import write_report
from tests.load.targets import LOCAL

PLAN = Plan(run="261127", url="", seconds=40, users=7, wares=(Ware("MUG", "mug"),))


def a_run(seconds: int = 40, each: int = 10) -> list[Seen]:
    return [Seen("Home", second, 20, 200) for second in range(seconds + 1) for _ in range(each)]


def test_curves_show_how_many_came_and_how_long_they_waited() -> None:
    found = curves(a_run())

    assert len(found["Requests a second"]["all pages"]) == SPANS
    assert sum(found["Requests a second"]["all pages"]) == 410
    assert set(found["Milliseconds"]["p95"]) == {20}
    assert "Wrong answers" not in found
    assert curves([]) == {}


def test_wrong_answers_are_drawn_where_there_are_any() -> None:
    found = curves([*a_run(), Seen("Cart", 20, 9, 500, "answered 500")])

    assert sum(found["Wrong answers"]["errors"]) == 1
    assert max(found["Milliseconds"]["p50"]) == 20


@pytest.mark.parametrize("curve", [[0.0] * 3, [5.0], [1.0, 900.0, 3.0]])
def test_a_chart_is_a_picture_with_a_name_and_no_style_of_its_own(curve: list[float]) -> None:
    picture = ElementTree.fromstring(drawn("Milliseconds", {"p50": curve}))

    assert picture.get("role") == "img"
    assert "style" not in str(drawn("Milliseconds", {"p50": curve}))
    line = picture.find("polyline")
    assert line is not None
    heights = [float(point.split(",")[1]) for point in (line.get("points") or "").split()]
    assert all(0 <= height <= 160 for height in heights)


def test_the_report_says_who_came_what_was_kept_and_that_the_books_balance(tmp_path: Path) -> None:
    evidence = some_evidence()

    page = write_report(tmp_path, PLAN, evidence, judge(evidence, LOCAL), "One order.").read_text()

    assert "All that was promised was kept" in page
    assert "7 users, 40 s" in page
    assert "The books balance." in page
    assert "light dark" in page
    assert "<script" not in page


def test_the_report_says_what_was_missed_and_believes_no_text(tmp_path: Path) -> None:
    evidence = some_evidence(breaches=[Breach("M1", "01ORDER", "<b>charged</b> twice")])

    page = write_report(tmp_path, PLAN, evidence, judge(evidence, LOCAL), "One order.").read_text()

    assert "Something that was promised was missed" in page
    assert "&lt;b&gt;charged&lt;/b&gt; twice" in page
    assert 'class="missed"' in page
