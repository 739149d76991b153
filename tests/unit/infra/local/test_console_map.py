"""The console's map: the architecture read from the template, and its live log."""

import json
import re
import time
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette

from infra.build.bundles import ROOT
from infra.local.cloud import LocalCloud
from infra.local.console.architecture import Edge, Node, read_architecture
from infra.local.console.live_log import as_event
from infra.local.console.map import EXEMPT, FAULTY_KINDS
from infra.local.console.pages import console_routes
from infra.local.faults.injector import FaultInjector
from infra.local.faults.kinds import FAULTS_BY_NAME
from infra.local.log_tail import MAX_LINES, PAGE, PATH
from infra.local.packaging import read_template
from infra.local.ports import bind_port, find_free_port
from infra.local.proxy import LocalProxy
from tests.unit.infra.visitor import Visitor

GROUP = "/aws/lambda/hearth-and-clay-email"
ARCHITECTURE = read_architecture(read_template(ROOT / "infra/template.yaml")["Resources"])


@pytest.fixture
def visitor(tables: LocalCloud) -> Visitor:
    return Visitor(Starlette(routes=console_routes(tables)))


@pytest.fixture
def proxy_url(tables: LocalCloud) -> Iterator[str]:
    """The console as `shop dev` serves it."""
    proxy, port = LocalProxy(tables, console=console_routes(tables)), find_free_port()
    listener = bind_port(port, "--port")
    listener.listen()
    with proxy.serve(listener):
        yield f"http://localhost:{port}"


def a_line(level: str, message: str) -> str:
    """As the functions' logger writes it."""
    return json.dumps({"level": level, "message": message}, separators=(",", ":"))


def write_line(cloud: LocalCloud, message: str) -> None:
    logs = cloud.client("logs")
    stream = f"map-{time.time_ns()}"
    logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    event = {"timestamp": int(time.time() * 1000), "message": message}
    logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=[event])


def edges(kind: str) -> set[tuple[str, str]]:
    return {(it.source, it.target) for it in ARCHITECTURE.edges if it.kind == kind}


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Api", "WebFunction"),
        ("Api", "AdminFunction"),
        ("OrdersTable", "PublishWorkerFunction"),
        ("PublishWorkerFunction", "OrderEventsTopic"),
        ("OrderEventsTopic", "EmailQueue"),
        ("EmailQueue", "EmailWorkerFunction"),
        ("FulfillmentWorkerFunction", "FulfillOrderStateMachine"),
        ("FulfillOrderStateMachine", "ChargeFunction"),
        ("FulfillOrderStateMachine", "ExecutionFailedRule"),
        ("ExecutionFailedRule", "FailedExecutionsQueue"),
        ("UploadBucket", "ThumbnailWorkerFunction"),
    ],
)
def test_message_flow_is_read_from_the_template(source: str, target: str) -> None:
    assert (source, target) in edges("message")


def test_every_queue_worker_and_dead_letter_queue_is_connected() -> None:
    connected = {end for it in ARCHITECTURE.edges for end in (it.source, it.target)}

    assert {node.id for node in ARCHITECTURE.nodes} == connected
    assert ("PublishWorkerFunction", "PublishDeadLetterQueue") in edges("failure")
    assert ("EmailQueue", "EmailDeadLetterQueue") in edges("failure")
    assert ("AdminFunction", "UploadBucket") in edges("data")


def test_subscription_names_the_events_that_it_accepts() -> None:
    edge = next(it for it in ARCHITECTURE.edges if it.target == "FulfillmentQueue")

    assert "order_placed" in edge.types
    assert "order_shipped" not in edge.types


def test_function_names_its_source_file() -> None:
    sources = {node.id: node.source for node in ARCHITECTURE.nodes}

    assert sources["EmailWorkerFunction"] == "workers/email.py"
    assert all((ROOT / path).is_file() for path in sources.values() if path)


def test_function_has_the_name_that_its_log_group_has() -> None:
    """The map finds the resource of a log line by it."""
    names = {node.id: node.name for node in ARCHITECTURE.nodes if node.kind == "function"}

    assert names["ThumbnailWorkerFunction"] == "thumbnails"
    assert len(set(names.values()) - {""}) == len(names)


def test_edge_of_a_new_consumer_appears_without_a_change_of_the_console() -> None:
    resources = {
        "Topic": {"Type": "AWS::SNS::Topic"},
        "NewQueue": {"Type": "AWS::SQS::Queue"},
        "Subscription": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "TopicArn": {"Ref": "Topic"},
                "Endpoint": {"Fn::GetAtt": ["NewQueue", "Arn"]},
            },
        },
    }

    assert read_architecture(resources).edges == (Edge("Topic", "NewQueue", "message"),)


def test_map_works_as_a_table_without_javascript(visitor: Visitor) -> None:
    page = visitor.get("/console/map").text

    assert '<tr id="EmailWorkerFunction">' in page
    assert '<a href="#EmailQueue">' in page
    assert "workers/email.py:" in page


def test_map_has_depths_of_queues_and_an_alarm_for_dead_letters(
    tables: LocalCloud, visitor: Visitor
) -> None:
    sqs = tables.client("sqs")
    url = sqs.get_queue_url(QueueName="hearth-and-clay-email-dead-letters")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    try:
        nodes = {it["id"]: it for it in visitor.get("/console/map.json").json()["nodes"]}
    finally:
        sqs.purge_queue(QueueUrl=url)

    assert nodes["EmailDeadLetterQueue"]["alarm"]
    assert nodes["EmailDeadLetterQueue"]["depth"] >= 1
    assert nodes["WebFunction"]["depth"] is None


def test_details_of_a_queue_have_the_age_of_its_oldest_message(
    tables: LocalCloud, visitor: Visitor
) -> None:
    sqs = tables.client("sqs")
    url = sqs.get_queue_url(QueueName="hearth-and-clay-email")["QueueUrl"]
    assert "<dt>Oldest message</dt><dd>none</dd>" in visitor.get("/console/map/EmailQueue").text
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    try:
        page = visitor.get("/console/map/EmailQueue").text
    finally:
        sqs.purge_queue(QueueUrl=url)

    assert '<a href="/console/queues/EmailQueue">1 waiting, 0 in flight, 0 delayed</a>' in page
    assert re.search(r"<dt>Oldest message</dt><dd>\d s old, received 0 times at most</dd>", page)
    assert '<a href="/console/map/EmailWorkerFunction"' in page


def test_details_of_a_function_have_its_errors_its_last_line_and_its_logs(
    tables: LocalCloud, visitor: Visitor
) -> None:
    write_line(tables, a_line("ERROR", "email failed"))
    page = visitor.get("/console/map/EmailWorkerFunction").text
    before = int(re.findall(r"(\d+) in the last 10 minutes", page)[0])
    write_line(tables, a_line("ERROR", "email <failed> again"))
    write_line(tables, a_line("INFO", "sent"))

    page = visitor.get("/console/map/EmailWorkerFunction").text

    assert before >= 1
    assert f"{before + 1} in the last 10 minutes" in page
    assert "</time> sent</dd>" in page
    assert "/console/logs?function=email&amp;level=ERROR" in page
    assert "workers/email.py:" in page


@pytest.mark.parametrize("node", ARCHITECTURE.nodes, ids=lambda node: node.id)
def test_details_of_each_resource_lead_to_its_lines_in_the_template(
    visitor: Visitor, node: Node
) -> None:
    page = visitor.get(f"/console/map/{node.id}").text

    line = int(re.findall(r"<code>infra/template.yaml:(\d+)</code>", page)[0])
    assert (ROOT / "infra/template.yaml").read_text().splitlines()[line - 1] == f"  {node.id}:"


def test_details_of_a_table_have_the_functions_that_use_it(visitor: Visitor) -> None:
    page = visitor.get("/console/map/CatalogTable").text
    function = visitor.get("/console/map/WebFunction").text

    assert "<dt>Used by</dt>" in page
    assert 'data-details="WebFunction">WebFunction</a>' in page
    assert "<dt>Reads or writes</dt>" in function
    assert 'data-details="CatalogTable">CatalogTable</a>' in function


def test_details_of_the_workflow_lead_to_its_executions(visitor: Visitor) -> None:
    page = visitor.get("/console/map/FulfillOrderStateMachine").text

    assert '<a href="/console/workflow?status=FAILED">failed</a>' in page


def test_details_of_an_unknown_resource_are_not_found(visitor: Visitor) -> None:
    page = visitor.get("/console/map/<b>Nothing")

    assert page.status_code == 404
    assert "<b>Nothing" not in page.text


def test_map_is_drawn_before_the_first_deployment(cloud: LocalCloud) -> None:
    visitor = Visitor(Starlette(routes=console_routes(cloud)))

    assert visitor.get("/console/map").status_code == 200


def test_live_log_passes_the_proxy_while_other_requests_are_answered(
    tables: LocalCloud, proxy_url: str
) -> None:
    with httpx.stream("GET", f"{proxy_url}/console/live", timeout=10) as response:
        lines = response.iter_lines()
        assert next(lines) == "retry: 3000"
        assert httpx.get(f"{proxy_url}/console/console.css", timeout=5).status_code == 200
        time.sleep(0.5)  # the first poll begins at the newest line
        write_line(tables, json.dumps({"message": "sent\n\nevent: log", "level": "INFO"}))

        data = next(line for line in lines if line.startswith("data: "))

    assert response.headers["content-type"].startswith("text/event-stream")
    read = json.loads(data.removeprefix("data: "))
    assert (read["function"], read["message"]) == ("email", "sent\n\nevent: log")


def test_browser_that_was_cut_off_gets_the_lines_since_its_last_event(
    tables: LocalCloud, proxy_url: str
) -> None:
    last = tables.get(f"{PATH}?newest=1").json()["last"]
    write_line(tables, json.dumps({"message": "written meanwhile"}))

    headers = {"Last-Event-ID": str(last)}
    with httpx.stream("GET", f"{proxy_url}/console/live", timeout=10, headers=headers) as response:
        lines = response.iter_lines()
        number = next(line for line in lines if line.startswith("id: "))
        data = next(line for line in lines if line.startswith("data: "))

    assert number == f"id: {last + 1}"
    assert json.loads(data.removeprefix("data: "))["message"] == "written meanwhile"


def test_log_tail_is_bounded_and_for_operators_only(tables: LocalCloud) -> None:
    before = tables.get(f"{PATH}?after=-1").json()["last"]
    logs = tables.client("logs")
    logs.create_log_stream(logGroupName=GROUP, logStreamName=f"many-{before}")
    now = int(time.time() * 1000)
    for _ in range(2):
        events = [{"timestamp": now, "message": str(number)} for number in range(MAX_LINES)]
        logs.put_log_events(logGroupName=GROUP, logStreamName=f"many-{before}", logEvents=events)

    answer = tables.get(f"{PATH}?after={before}").json()

    assert len(answer["lines"]) == PAGE
    assert answer["last"] > before + MAX_LINES - 1
    assert httpx.get(f"{tables.url}{PATH}").status_code == 403


def test_line_that_is_no_json_becomes_a_message() -> None:
    event = as_event([GROUP, 'Traceback\n "x"'], 7)

    assert event.count("\n") == 4
    assert json.loads(event.split("data: ")[1])["message"] == 'Traceback\n "x"'


def test_other_site_cannot_place_an_order(visitor: Visitor) -> None:
    response = visitor.post("/console/demo-order", headers={"Sec-Fetch-Site": "cross-site"})

    assert response.status_code == 403


def test_demo_order_of_a_shop_that_is_not_running_is_explained(visitor: Visitor) -> None:
    response = visitor.post("/console/demo-order", headers={"Sec-Fetch-Site": "same-origin"})

    assert response.status_code == 504


@pytest.fixture
def faults(tables: LocalCloud) -> Iterator[FaultInjector]:
    injector = FaultInjector(tables)
    yield injector
    injector.clear()


def switch_of(page: str, name: str) -> str:
    return page.split(f'action="/console/faults/{name}"')[1].split("</form>", maxsplit=1)[0]


@pytest.mark.parametrize("name", ["kill", "sns-outage", "provider-declines"])
def test_fault_is_switched_on_and_off_on_the_map(
    visitor: Visitor, faults: FaultInjector, name: str
) -> None:
    pages = [visitor.get("/console/map").text]
    for state in ("on", "off"):
        answer = visitor.post(f"/console/faults/{name}", data={"state": state, "back": "map"})
        assert answer.headers["location"] == "/console/map?faults=open#faults"
        pages.append(visitor.get("/console/map").text)

    switched = ['aria-checked="true"' in switch_of(page, name) for page in pages]
    assert switched == [False, True, False]
    assert ["Faults: 1 active" in page for page in pages] == switched
    assert 'id="faults" open' in visitor.get("/console/map?faults=open").text


def test_outage_that_is_switched_on_on_the_map_ends_by_itself(
    visitor: Visitor, faults: FaultInjector
) -> None:
    form = switch_of(visitor.get("/console/map").text, "sqs-outage")

    assert 'name="strength" value="10"' in form


def test_form_of_the_faults_page_stays_on_it(visitor: Visitor, faults: FaultInjector) -> None:
    for back in ("", "https://other.example"):
        answer = visitor.post("/console/faults/delay", data={"state": "on", "back": back})
        assert answer.headers["location"] == "/console/faults#delay"


@pytest.mark.parametrize(
    ("name", "kinds"),
    [("kill", {"function"}), ("sqs-outage", {"queue", "dead-letters"}), ("delay", {"queue"})],
)
def test_nodes_at_which_an_active_fault_acts_are_marked(
    visitor: Visitor, faults: FaultInjector, name: str, kinds: set[str]
) -> None:
    before = visitor.get("/console/map.json").json()["nodes"]
    faults.enable(name)

    marked = [it for it in visitor.get("/console/map.json").json()["nodes"] if it["fault"]]

    assert not any(it["fault"] for it in before)
    assert {it["kind"] for it in marked} == kinds
    hit = {it["id"] for it in before if it["kind"] in kinds} - {*EXEMPT}
    assert {it["id"] for it in marked} == hit


def test_each_fault_has_its_nodes_on_the_map_if_it_acts_at_any() -> None:
    without = {"provider-declines", "provider-times-out", "carrier-times-out", "poison-message"}
    without |= {"ses-outage", "provider-outage", "carrier-outage"}

    assert set(FAULTY_KINDS) == set(FAULTS_BY_NAME) - without
    assert {kind for kinds in FAULTY_KINDS.values() for kind in kinds} <= {
        node.kind for node in ARCHITECTURE.nodes
    }
