"""The console's workflow: the graph, the executions in pages, and one with its states."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]
from starlette.applications import Starlette
from ulid import ULID

from infra.build.bundles import ROOT
from infra.local.cloud import LocalCloud
from infra.local.console.workflow_graph import Way, read_graph
from infra.local.console.workflow_pages import PAGE_SIZE, order_of, workflow_pages
from tests.unit.infra.functions import start_waiting, state_machine, waiting_state_machine
from tests.unit.infra.visitor import Visitor

OWN = {"Sec-Fetch-Site": "same-origin"}
PATH = "/console/workflow"
FULFILLMENT: str = json.dumps(yaml_parse((ROOT / "workflow/fulfill_order.asl.yaml").read_text()))


@pytest.fixture
def machine(tables: LocalCloud) -> Iterator[str]:
    with waiting_state_machine(tables) as arn:
        yield arn


@pytest.fixture
def visitor(tables: LocalCloud, machine: str) -> Visitor:
    return Visitor(Starlette(routes=workflow_pages(tables, lambda _: machine)))


def await_text(visitor: Visitor, path: str, text: str) -> str:
    deadline = time.monotonic() + 10
    while text not in (page := visitor.get(path).text) and time.monotonic() < deadline:
        time.sleep(0.05)
    return page


def test_graph_has_all_states_and_the_ways_between_them() -> None:
    graph = read_graph(FULFILLMENT)

    assert graph.start == "Charge"
    assert graph.states["Pack"] == "Wait"
    assert Way("Charge", "Pack", "next") in graph.ways
    assert Way("Charge", "Release", "catch") in graph.ways
    assert Way("Route", "Ship", "choice") in graph.ways
    assert {way.target for way in graph.ways} | {graph.start} == set(graph.states)


def test_running_execution_shows_its_current_state_with_input_and_output(
    tables: LocalCloud, machine: str, visitor: Visitor
) -> None:
    name = start_waiting(tables, machine)

    page = await_text(visitor, f"{PATH}/{name}", 'data-state="Pause" data-outcome="current"')

    assert 'data-state="Begin" data-outcome="passed"' in page
    assert "<dt>Current state</dt><dd><strong>Pause</strong>" in page
    assert "&lt;b&gt;begun&lt;/b&gt;" in page
    assert "WaitStateEntered" in page
    assert f'<a href="/console/orders/{name}">' in page
    assert ">Stop</button>" in page


def test_finished_execution_passed_all_its_states(
    tables: LocalCloud, machine: str, visitor: Visitor
) -> None:
    name = start_waiting(tables, machine, wait=0)

    page = await_text(visitor, f"{PATH}/{name}", ">succeeded</span>")

    assert page.count('data-outcome="passed"') == 3
    assert ">Stop</button>" not in page


def test_stopped_execution_shows_the_state_in_which_it_ended(
    tables: LocalCloud, machine: str, visitor: Visitor
) -> None:
    name = start_waiting(tables, machine)
    await_text(visitor, f"{PATH}/{name}", 'data-outcome="current"')

    answers = [visitor.post(f"{PATH}/{name}/stop", headers=OWN) for _ in range(2)]
    page = visitor.get(answers[0].headers["location"]).text

    assert [it.status_code for it in answers] == [303, 303]
    assert 'data-state="Pause" data-outcome="failed"' in page
    assert "Stopped in the console." in page
    assert "The execution was stopped." in page


def test_stopped_execution_is_redriven_in_its_state(
    tables: LocalCloud, machine: str, visitor: Visitor
) -> None:
    name = start_waiting(tables, machine)
    running = await_text(visitor, f"{PATH}/{name}", 'data-outcome="current"')
    visitor.post(f"{PATH}/{name}/stop", headers=OWN)
    stopped = visitor.get(f"{PATH}/{name}").text

    answer = visitor.post(f"{PATH}/{name}/redrive", headers=OWN)
    page = visitor.get(answer.headers["location"]).text

    assert "Redrive" not in running
    assert '<button class="button quiet" aria-describedby="redrive">Redrive</button>' in stopped
    assert "Redrive continues this execution in the state in which it ended" in stopped
    assert "The execution continues in the state in which it ended." in page
    assert page.count('data-state="Pause"') == 1
    assert 'data-state="Pause" data-outcome="current"' in page
    assert "</span> ExecutionRedriven</li>" in page
    assert "<dt>Redriven</dt><dd>1 time" in page


def test_running_or_unknown_execution_is_not_redriven(
    tables: LocalCloud, machine: str, visitor: Visitor
) -> None:
    name = start_waiting(tables, machine)

    running = visitor.post(f"{PATH}/{name}/redrive", headers=OWN)

    assert running.status_code == 409
    assert "The execution cannot be redriven: Execution is RUNNING" in running.text
    assert visitor.post(f"{PATH}/unknown/redrive", headers=OWN).status_code == 404


def test_redrive_is_disabled_with_the_reason_after_a_change_of_the_workflow(
    tables: LocalCloud, machine: str, visitor: Visitor
) -> None:
    name, client = start_waiting(tables, machine), tables.client("stepfunctions")
    visitor.post(f"{PATH}/{name}/stop", headers=OWN)
    definition = client.describe_state_machine(stateMachineArn=machine)["definition"]
    client.update_state_machine(stateMachineArn=machine, definition=definition)

    page = visitor.get(f"{PATH}/{name}").text

    assert '<button class="button quiet" aria-describedby="redrive" disabled>' in page
    assert "cannot be redriven: The state machine was changed since the execution began." in page
    assert ">Restart</button>" in page


def test_execution_in_a_fail_state_says_that_a_redrive_fails_again(tables: LocalCloud) -> None:
    definition = {"StartAt": "Stuck", "States": {"Stuck": {"Type": "Fail"}}}
    with state_machine(tables, definition) as machine:
        visitor = Visitor(Starlette(routes=workflow_pages(tables, lambda _: machine)))
        name = start_waiting(tables, machine)
        page = await_text(visitor, f"{PATH}/{name}", ">failed</span>")

    assert "ended in the Fail state Stuck: a redrive enters it again, and fails again." in page
    assert "Restart begins the order's next run" in page


def test_only_a_running_execution_can_be_stopped(
    tables: LocalCloud, machine: str, visitor: Visitor
) -> None:
    name = start_waiting(tables, machine, wait=0)
    await_text(visitor, f"{PATH}/{name}", ">succeeded</span>")

    assert visitor.post(f"{PATH}/{name}/stop", headers=OWN).status_code == 409
    assert visitor.post(f"{PATH}/unknown/stop", headers=OWN).status_code == 409


def test_executions_are_listed_newest_first_in_pages(
    tables: LocalCloud, machine: str, visitor: Visitor
) -> None:
    names = [start_waiting(tables, machine) for _ in range(PAGE_SIZE + 1)]

    first = visitor.get(PATH).text
    link = first.split(f'href="{PATH}?after=')[1].split('"')[0]
    second = visitor.get(f"{PATH}?after={link}").text

    assert first.count(f'<a href="{PATH}/0') == PAGE_SIZE
    assert names[0] not in first
    assert names[0] in second
    assert "Older executions" not in second


def test_executions_are_filtered_by_status(
    tables: LocalCloud, machine: str, visitor: Visitor
) -> None:
    name = start_waiting(tables, machine)

    assert name in visitor.get(f"{PATH}?status=RUNNING").text
    assert "No execution has this status." in visitor.get(f"{PATH}?status=FAILED").text


@pytest.mark.parametrize("name", ["unknown", "..", "a" * 81, "%3Cscript%3E"])
def test_unknown_execution_is_not_found(visitor: Visitor, name: str) -> None:
    page = visitor.get(f"{PATH}/{name}")

    assert page.status_code == 404
    assert "<script>" not in page.text


def test_page_token_of_another_emulator_leads_to_the_first_page(visitor: Visitor) -> None:
    assert visitor.get(f"{PATH}?after=unknown").headers["location"] == PATH


@pytest.mark.parametrize(("order", "status"), [("", 422), ("1 OR 1", 422), ("0" * 26, 409)])
def test_restart_needs_an_order_and_a_deployed_shop(
    visitor: Visitor, order: str, status: int
) -> None:
    """What a restart does is tested in tests/integration/journeys/test_workflow.py."""
    answer = visitor.post(f"{PATH}/restart", data={"order": order}, headers=OWN)

    assert answer.status_code == status


def test_other_site_cannot_stop_redrive_or_restart(
    tables: LocalCloud, machine: str, visitor: Visitor
) -> None:
    name, other = start_waiting(tables, machine), {"Sec-Fetch-Site": "cross-site"}

    for form in (f"{PATH}/{name}/stop", f"{PATH}/{name}/redrive", f"{PATH}/restart"):
        assert visitor.post(form, headers=other).status_code == 403
    assert "RUNNING" in visitor.get(f"{PATH}?status=RUNNING").text


def test_page_before_the_first_deployment_says_so(cloud: LocalCloud) -> None:
    visitor = Visitor(Starlette(routes=workflow_pages(cloud)))

    for path in (PATH, f"{PATH}/x", f"{PATH}/graph.json"):
        page = visitor.get(path)
        assert page.status_code == 503
        assert "The shop is still starting" in page.text


def test_execution_of_a_later_run_belongs_to_its_order() -> None:
    order = str(ULID())

    assert [order_of(it) for it in (order, f"{order}-r12", "by-hand")] == [order, order, ""]


def test_scripts_are_served(visitor: Visitor) -> None:
    for name in ("workflow.js", "graph.js"):
        answer = visitor.get(f"/console/{name}")
        assert answer.text == Path(ROOT / "infra/local/console" / name).read_text()
