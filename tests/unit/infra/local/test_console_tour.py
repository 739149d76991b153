"""The tour of an order: its places exist, its text is up to date, its stops are those of a trace.

`pytest tests/unit/infra/local/test_console_tour.py --record` writes infra/TOUR.md.
"""

from difflib import unified_diff
from html import unescape

import pytest
from starlette.applications import Starlette

from infra.build.bundles import ROOT
from infra.local.console.code_places import Place
from infra.local.console.tour import Question, Stop, read_golden_order, read_tour, subscriptions
from infra.local.console.tour_pages import MUSEUM, TOUR_FILE, tour_as_markdown, tour_pages
from tests.simulation.simulator.golden_order import golden_spans, simulated_spans
from tests.unit.infra.visitor import Visitor

TOUR = read_tour()
GOLDEN = read_golden_order()
THINGS: list[Stop | Question] = [*TOUR.stops, *TOUR.questions]


@pytest.fixture
def page() -> str:
    return Visitor(Starlette(routes=tour_pages())).get("/console/tour").text


def test_tour_file_is_what_the_code_generates(request: pytest.FixtureRequest) -> None:
    """If not, run `pytest tests/unit/infra/local/test_console_tour.py --record`."""
    generated = tour_as_markdown()
    if request.config.getoption("--record"):
        TOUR_FILE.write_text(generated)

    written = TOUR_FILE.read_text().splitlines()
    difference = unified_diff(written, generated.splitlines(), "written", "now", n=0, lineterm="")
    assert not (lines := [*difference]), "\n".join(lines)


@pytest.mark.parametrize("stop", TOUR.stops, ids=lambda it: it.id)
def test_stop_has_code_a_pattern_and_what_goes_wrong_without_it(stop: Stop) -> None:
    assert stop.code
    assert stop.link.startswith("https://")
    assert stop.without.strip()
    assert not stop.museum or (ROOT / MUSEUM / stop.museum).is_file()


@pytest.mark.parametrize("place", [it for thing in THINGS for it in thing.code], ids=str)
def test_place_is_found_in_the_code(place: Place) -> None:
    first, last = place.lines

    text = (ROOT / place.path).read_text().splitlines()
    assert 1 <= first <= last <= len(text)
    assert not place.name or any(place.name in line for line in text[first - 1 : first + 3])


def test_renamed_function_is_noticed() -> None:
    with pytest.raises(LookupError, match="place_orders"):
        _ = Place("app/orders/checkout.py", "place_orders").lines


@pytest.mark.parametrize(
    ("place", "begins", "ends"),
    [
        (Place("workflow/fulfill_order.asl.yaml", "Pack"), "  Pack:", "    Next: Ship"),
        (Place("workflow/ship.py", "handler"), "@inject_lambda_context", "    return step_result"),
        (
            Place("infra/template.yaml", "EmailSubscription"),
            "  EmailSubscription:",
            "      Redrive",
        ),
    ],
)
def test_lines_of_a_place_contain_all_of_it(place: Place, begins: str, ends: str) -> None:
    first, last = place.lines

    text = (ROOT / place.path).read_text().splitlines()
    assert text[first - 1].startswith(begins)
    assert text[last - 1].startswith(ends)


def test_each_span_and_state_of_the_recorded_order_is_at_one_stop() -> None:
    spans = sorted(span for stop in TOUR.stops for span in stop.spans)
    states = [state for stop in TOUR.stops for state in stop.states]

    assert spans == sorted({it.name for it in GOLDEN.spans})
    assert states == list(GOLDEN.states)


def test_recorded_order_is_an_order_as_it_is_processed_today() -> None:
    """The simulator runs the real functions; the integration test compares the local cloud."""
    assert golden_spans(simulated_spans("an order is shipped")) == list(GOLDEN.spans)


def test_each_queue_of_the_topic_is_a_stop() -> None:
    queues = {it.target for it in subscriptions()}

    assert queues == {stop.queue for stop in TOUR.stops} - {""}


def test_page_and_file_have_the_same_stops_and_questions(page: str) -> None:
    file = TOUR_FILE.read_text()

    for thing in THINGS:
        assert thing.title in unescape(page)
        assert thing.title in file
        assert f'id="{thing.id}"' in page
        assert all(f"{it.path}:{it.lines[0]}" in page for it in thing.code if it.name)


def test_spans_of_the_page_lead_to_their_stops(page: str) -> None:
    assert '<a href="#charge"><code>charge</code>' in page
    assert '<a href="#email"><code>send email</code>' in page


def test_picture_has_each_queue_and_the_states_of_the_workflow() -> None:
    text = TOUR_FILE.read_text()

    assert "    → FulfillmentQueue → fulfillment → Charge → Pack → Ship\n" in text
    assert all(f"→ {it.target} → " in text for it in subscriptions())


def test_texts_have_no_markup_but_code_since_the_page_shows_any_other() -> None:
    questions = [
        part for question in TOUR.questions for part in (*question.answer, question.attempt)
    ]
    stops = [text for stop in TOUR.stops for text in (stop.happens, stop.without)]

    assert [text for text in (*questions, *stops) if "*" in text or "](" in text] == []
