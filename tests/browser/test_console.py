"""The console's live pages in a browser, on a cloud without functions."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from infra.local.cloud import LocalCloud
from infra.local.console.pages import console_routes
from infra.local.console.workflow_pages import workflow_pages
from infra.local.ports import bind_port, find_free_port
from infra.local.proxy import LocalProxy
from tests.browser.checks.axe import run_axe
from tests.builders import an_order
from tests.fake_clouds import passive_cloud
from tests.unit.infra.functions import start_waiting, waiting_state_machine

GROUP = "/aws/lambda/hearth-and-clay-publish"
SPAN = {"name": "publish order_placed", "kind": "PRODUCER", "status": {"code": "OK"}}


@pytest.fixture(scope="module")
def tables_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A cloud of this module: its pages list the messages and log lines of all tests."""
    with passive_cloud(tmp_path_factory.mktemp("console")) as cloud:
        yield cloud


@pytest.fixture
def machine(tables: LocalCloud) -> Iterator[str]:
    with waiting_state_machine(tables) as arn:
        yield arn


@pytest.fixture
def console(tables: LocalCloud, machine: str) -> Iterator[str]:
    """The cloud has no stack with a workflow, so its pages show a small state machine."""
    routes = [*workflow_pages(tables, lambda _: machine), *console_routes(tables)]
    proxy, port = LocalProxy(tables, console=routes), find_free_port()
    listener = bind_port(port, "--port")
    listener.listen()
    with proxy.serve(listener):
        yield f"http://localhost:{port}/console"


@pytest.fixture(params=["light", "dark"])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = chromium.new_context(
        color_scheme=request.param, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda it: problems.append(it.text) if it.type == "error" else None)
    yield page
    context.close()
    assert problems == []


def write_span(cloud: LocalCloud, order_id: str) -> None:
    write_line(cloud, {"message": "span", "correlation_id": order_id, "span": SPAN})


def write_line(cloud: LocalCloud, fields: dict[str, Any]) -> None:
    logs, stream = cloud.client("logs"), f"browser-{time.time_ns()}"
    logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    line = json.dumps({"level": "INFO", **fields})
    event = {"timestamp": int(time.time() * 1000), "message": line}
    logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=[event])


def has_no_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_map_lights_the_way_of_a_message(tables: LocalCloud, console: str, page: Page) -> None:
    with page.expect_response("**/console/live"):
        page.goto(f"{console}/map")
    expect(page.locator('[data-node="EmailQueue"]')).to_be_visible()
    page.wait_for_timeout(500)  # the live log begins at the newest line

    write_span(tables, "01J00000000000000000000001")

    expect(page.locator('.lit[data-edge="OrderEventsTopic>EmailQueue"]')).to_be_attached()
    assert has_no_sideways_scroll(page)


def test_fault_is_toggled_on_the_map_by_keyboard(console: str, page: Page) -> None:
    page.goto(f"{console}/map")
    page.get_by_text("Faults", exact=True).last.press("Enter")
    page.get_by_role("switch", name="Delayed messages").press("Enter")

    switch = page.get_by_role("switch", name="Delayed messages")
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(page.locator('.faulty[data-node="EmailQueue"]')).to_be_visible()
    assert has_no_sideways_scroll(page)
    switch.press("Enter")
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(page.locator(".map .faulty")).to_have_count(0)


def test_details_of_a_resource_open_below_the_map_by_keyboard(console: str, page: Page) -> None:
    page.goto(f"{console}/map")
    page.locator('[data-node="EmailQueue"]').focus()
    page.keyboard.press("Enter")

    details = page.locator("#details #node")
    expect(details).to_be_focused()
    expect(details).to_contain_text("Oldest message")
    details.get_by_role("link", name="EmailWorkerFunction").press("Enter")
    expect(details.get_by_role("heading", name="email")).to_be_visible()
    expect(details).to_contain_text("in the last 10 minutes")
    assert page.url == f"{console}/map"
    assert has_no_sideways_scroll(page)
    assert not run_axe(page).findings


LINE_COUNTS = """rows => rows.flatMap(row => {
  const text = row.cells[3].firstChild, counts = [];
  for (const word of text.textContent.matchAll(/\\S+/g)) {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    counts.push(new Set([...range.getClientRects()].map(it => it.top)).size);
  }
  return counts;
})"""


def test_log_lines_do_not_break_words(tables: LocalCloud, console: str, page: Page) -> None:
    order = an_order()
    write_line(tables, {"message": "publish left events to the outbox poller, unexpectedly"})
    write_line(tables, {"message": "fulfillment failed", "correlation_id": order.order_id})

    for width in (390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{console}/logs")
        counts = page.locator("#lines tr").evaluate_all(LINE_COUNTS)
        assert set(counts) == {1}
        assert has_no_sideways_scroll(page)


def test_log_follows_new_lines_and_leads_to_the_trace(
    tables: LocalCloud, console: str, page: Page
) -> None:
    order = an_order()
    page.goto(f"{console}/logs?function=publish")
    with page.expect_response("**/console/live"):
        page.get_by_label("Follow new lines").check()
    page.wait_for_timeout(500)

    write_span(tables, order.order_id)
    page.get_by_role("link", name=order.order_id).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(order.number)
    assert has_no_sideways_scroll(page)


def test_lost_connection_is_shown_until_the_shop_answers_again(
    console: str, chromium: Browser
) -> None:
    page = chromium.new_page()
    page.goto(f"{console}/queues")
    lost = page.get_by_role("alert")
    expect(lost).to_have_count(0)

    page.route("**/console/queues", lambda route: route.fulfill(status=503, body="starting"))
    expect(lost).to_have_text(re.compile("The connection to the shop is lost"), timeout=10_000)
    assert has_no_sideways_scroll(page)
    page.unroute("**/console/queues")

    expect(lost).to_have_count(0, timeout=10_000)
    page.close()


def test_new_order_appears_in_the_list_without_a_reload(console: str, page: Page) -> None:
    page.goto(f"{console}/orders")
    order = an_order()

    link = page.get_by_role("link", name=order.number)
    expect(link).to_be_visible(timeout=10_000)
    expect(link.locator("xpath=ancestor::tr").get_by_text("pm_succeeds")).to_be_in_viewport()
    assert has_no_sideways_scroll(page)


def test_orders_lead_to_their_trace(console: str, page: Page) -> None:
    order = an_order()
    page.goto(f"{console}/orders?id={order.order_id}")

    expect(page.get_by_role("heading", name="Events")).to_be_visible()
    page.locator("#event-1 summary").press("Enter")
    expect(page.locator("#event-1 pre")).to_be_visible()


def test_workflow_marks_the_current_state_and_follows_its_stop(
    tables: LocalCloud, machine: str, console: str, page: Page
) -> None:
    name = start_waiting(tables, machine)
    page.goto(f"{console}/workflow")
    page.get_by_role("link", name=name).click()

    expect(page.locator('#graph .current[data-node="Pause"]')).to_be_visible()
    expect(page.locator('#graph .taken[data-edge="Begin>Pause"]')).to_be_attached()
    page.locator('#graph [data-node="Begin"]').focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text('"note": "<b>begun</b>"').first).to_be_visible()
    assert has_no_sideways_scroll(page)

    machine_arn = machine.replace(":stateMachine:", ":execution:")
    tables.client("stepfunctions").stop_execution(executionArn=f"{machine_arn}:{name}")
    expect(page.locator('#graph .failed[data-node="Pause"]')).to_be_visible()


def test_stopped_execution_is_redriven_by_keyboard(
    tables: LocalCloud, machine: str, console: str, page: Page
) -> None:
    name = start_waiting(tables, machine)
    page.goto(f"{console}/workflow/{name}")
    expect(page.locator('#graph .current[data-node="Pause"]')).to_be_visible()
    page.get_by_role("button", name="Stop").press("Enter")
    expect(page.locator('#graph .failed[data-node="Pause"]')).to_be_visible()
    assert not run_axe(page).findings

    page.get_by_role("button", name="Redrive").press("Enter")

    expect(page.get_by_role("status")).to_have_text(
        "The execution continues in the state in which it ended."
    )
    expect(page.locator('#graph .current[data-node="Pause"]')).to_be_visible()
    expect(page.get_by_text("Redriven", exact=True)).to_be_visible()
    assert has_no_sideways_scroll(page)


def test_queue_is_purged_after_its_name_was_entered(
    tables: LocalCloud, console: str, page: Page
) -> None:
    sqs = tables.client("sqs")
    url = sqs.get_queue_url(QueueName="hearth-and-clay-inventory")["QueueUrl"]
    page.goto(f"{console}/queues")
    sqs.send_message(QueueUrl=url, MessageBody='{"type": "order_placed"}')
    row = page.locator("#InventoryQueue")
    expect(row.get_by_role("img", name="1 message now")).to_be_visible()  # without a reload
    assert has_no_sideways_scroll(page)

    row.get_by_role("link", name="InventoryQueue").click()
    expect(page.get_by_text("received 0 times")).to_be_visible()
    page.get_by_label("Enter InventoryQueue to confirm").fill("InventoryQueue")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_have_text("The queue was purged.")
    expect(row.get_by_role("img", name="0 messages now")).to_be_visible()


def test_tour_leads_from_a_span_to_its_stop_and_answers_questions(console: str, page: Page) -> None:
    page.goto(f"{console}/tour")

    page.get_by_text("Why is nothing charged twice?").press("Enter")
    expect(page.get_by_text("The provider captures an intent once.")).to_be_visible()
    page.get_by_role("link", name="send email").first.click()
    expect(
        page.get_by_role("heading", name="The email worker sends the emails")
    ).to_be_in_viewport()
    assert has_no_sideways_scroll(page)


@pytest.mark.parametrize(
    "path",
    [
        "map",
        "map/EmailWorkerFunction",
        "load",
        "logs",
        "orders",
        "orders/{order}",
        "tour",
        "workflow",
        "workflow/{execution}",
        "queues",
        "queues/EmailQueue",
    ],
)
def test_live_pages_are_accessible(
    tables: LocalCloud, machine: str, console: str, chromium: Browser, path: str
) -> None:
    order, execution = an_order(), start_waiting(tables, machine)
    page = chromium.new_page()
    page.goto(f"{console}/{path.format(order=order.order_id, execution=execution)}")
    page.locator("main :is(h1, h2)").first.wait_for()

    findings = run_axe(page).findings
    page.close()

    assert {(it.rule, it.element, it.reason[:90]) for it in findings} == set()
