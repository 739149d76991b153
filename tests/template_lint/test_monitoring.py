"""Alarms, runbook pages, dashboard, budget and concurrency of the template."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from infra.build.bundles import ROOT
from tests.printed_figures import PrintFigure
from tests.template_lint import RULES, Finding, Source, resolve_wiring, transform_template
from tests.template_lint.alarms import required_alarms
from tests.template_lint.monitoring import ALARM, COMPOSITE

SOURCE = Source.in_folder()
WIRING = resolve_wiring(SOURCE, transform_template(SOURCE.template), {})
ALARMS = {name: it for name, it in WIRING.resources.items() if it["Type"] == ALARM}
PLAIN = sorted(name for name, it in ALARMS.items() if "Metrics" not in it["Properties"])


def lint_alarms(alarms: dict[str, Any]) -> list[Finding]:
    """The findings of the rules on alarms, if the template had these alarms."""
    others = {name: it for name, it in WIRING.resources.items() if it["Type"] != ALARM}
    wiring = replace(WIRING, resources={**others, **alarms})
    return [finding for it in RULES if it.name == "W14" for finding in it.find(wiring)]


def lint_changed_alarm(name: str, **properties: Any) -> list[Finding]:
    wrong = {"Type": ALARM, "Properties": {**ALARMS[name]["Properties"], **properties}}
    return lint_alarms({**ALARMS, name: wrong})


def test_everything_that_can_fail_has_an_alarm(print_figure: PrintFigure) -> None:
    required = len(list(required_alarms(WIRING)))
    print_figure(f"{required} required alarms, covered by {len(ALARMS)} alarms")

    assert lint_alarms(ALARMS) == []


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_a_removed_alarm_is_reported(name: str) -> None:
    assert lint_alarms({other: it for other, it in ALARMS.items() if other != name})


@pytest.mark.parametrize(
    "wrong",
    [
        {"Threshold": 100_000},
        {"AlarmActions": []},
        {"ActionsEnabled": False},
        {"EvaluationPeriods": 60},
        {"ComparisonOperator": "LessThanThreshold"},
        {"MetricName": "Invocation"},
    ],
    ids=lambda it: next(iter(it)),
)
def test_an_alarm_that_cannot_fire_or_notifies_nothing_is_reported(wrong: dict[str, Any]) -> None:
    undetected = [name for name in PLAIN if not lint_changed_alarm(name, **wrong)]

    assert undetected == []


COMPOSITES = resolve_wiring(SOURCE, transform_template(SOURCE.template), {"AlarmSet": "composite"})


def lint_composites(**rules: str) -> list[Finding]:
    """The findings on alarms with AlarmSet=composite, if composite alarms had these rules."""
    changed = dict(COMPOSITES.resources)
    for name, rule in rules.items():
        properties = {**COMPOSITES.resources[name]["Properties"], "AlarmRule": rule}
        changed[name] = {"Type": COMPOSITE, "Properties": properties}
    wiring = replace(COMPOSITES, resources=changed)
    return [finding for it in RULES if it.name == "W14" for finding in it.find(wiring)]


def test_each_alarm_notifies_through_exactly_one_composite_alarm() -> None:
    rules = [it["AlarmRule"] for _, it in COMPOSITES.of_type(COMPOSITE)]
    members = [name for rule in rules for name in re.findall(r'ALARM\("(\w+)"\)', rule)]

    assert lint_composites() == []
    assert sorted(members) == sorted(ALARMS)
    assert all("AlarmActions" not in it for _, it in COMPOSITES.of_type(ALARM))
    assert not any(it["Type"] == COMPOSITE for it in WIRING.resources.values())


@pytest.mark.parametrize(
    ("rule", "reported"),
    [
        ('ALARM("ThrottlesAlarm") OR ALARM("TransactionConflictsAlarm")', "DynamoDbThrottlesAlarm"),
        ('ALARM("ThrottlesAlarm") AND ALARM("DynamoDbThrottlesAlarm")', "CapacityAlarm"),
        ('ALARM("ThrottleAlarm")', "CapacityAlarm"),
    ],
)
def test_alarm_that_no_composite_alarm_names_is_reported(rule: str, reported: str) -> None:
    assert reported in {it.resource for it in lint_composites(CapacityAlarm=rule)}


def test_deploy_says_whether_alarms_are_sent_to_anyone() -> None:
    output = transform_template(SOURCE.template)["Outputs"]["AlarmNotifications"]

    condition, _, without_email = output["Value"]["Fn::If"]
    assert condition == "HasAlarmEmail"
    assert without_email == "NO ALARM IS SENT TO ANYONE: the parameter AlarmEmail is empty."


@pytest.mark.parametrize("name", ["DeadLetterGrowthAlarm", "DeadLetterAgeAlarm"])
def test_alarm_over_all_dead_letter_queues_names_each_of_them(name: str) -> None:
    metrics = [it for it in ALARMS[name]["Properties"]["Metrics"] if "MetricStat" in it]
    queues = {it["MetricStat"]["Metric"]["Dimensions"][0]["Value"] for it in metrics}

    for required in required_alarms(WIRING):
        if required.metric == "ApproximateNumberOfMessagesVisible":
            assert queues & set(WIRING.names_of(required.resource)), required.resource


def test_an_alarm_without_a_runbook_page_and_a_page_without_an_alarm_are_reported() -> None:
    alarm, page = lint_changed_alarm(
        "ApiLatencyAlarm", AlarmDescription="infra/RUNBOOK.md#no-such-page"
    )

    assert "write the page" in str(alarm)
    assert "api-latency" in str(page)


def test_every_runbook_page_has_meaning_diagnosis_and_action() -> None:
    _, *pages = (ROOT / "infra/RUNBOOK.md").read_text().split("\n## ")

    assert pages
    for page in pages:
        assert all(f"**{word}**" in page for word in ("Meaning", "Diagnosis", "Action")), page[:30]


def dashboard_metrics() -> set[tuple[str, str, str]]:
    """Namespace, metric and statistic of every line on the dashboard."""
    dashboard = json.loads(WIRING.resources["Dashboard"]["Properties"]["DashboardBody"])
    metrics = set()
    for widget in dashboard["widgets"]:
        properties, named = widget["properties"], ("", "")
        for metric in properties["metrics"]:
            options = metric[-1] if isinstance(metric[-1], dict) else {}
            named = named if metric[0] == "..." else (metric[0], metric[1])
            metrics.add((*named, options.get("stat", properties.get("stat"))))
    return metrics


def test_the_dashboard_shows_the_metrics_of_a_load_test() -> None:
    latency = {("AWS/ApiGateway", "Latency", it) for it in ("p50", "p95", "p99")}
    shipped = {("HearthAndClay", "ClickToShipped", it) for it in ("p50", "p95", "p99")}
    sales = {("HearthAndClay", it, "Sum") for it in ("OrdersPlaced", "Revenue", "Refunds")}

    assert latency | shipped | sales <= dashboard_metrics()
    assert {
        ("AWS/ApiGateway", "5xx", "Sum"),
        ("AWS/Lambda", "Errors", "Sum"),
        ("AWS/Lambda", "Throttles", "Sum"),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum"),
    } <= dashboard_metrics()


def test_the_dashboard_names_every_function_and_queue() -> None:
    dashboard = str(SOURCE.template["Resources"]["Dashboard"])

    for kind in ("AWS::Lambda::Function", "AWS::SQS::Queue"):
        assert [name for name, _ in WIRING.of_type(kind) if f"${{{name}" not in dashboard] == []


def test_by_default_no_concurrency_is_reserved_as_new_accounts_require() -> None:
    reserved = [name for name, it in WIRING.of_type("AWS::Lambda::Function") if _reserves(it)]

    assert reserved == []


def test_concurrency_can_be_reserved_for_web_and_worker_functions() -> None:
    parameters = {"WebConcurrency": 100, "WorkerConcurrency": 3}
    wiring = resolve_wiring(SOURCE, transform_template(SOURCE.template), parameters)

    functions = wiring.of_type("AWS::Lambda::Function")
    reserved = {name: it["ReservedConcurrentExecutions"] for name, it in functions if _reserves(it)}
    workers = ("Email", "Analytics", "Inventory", "Fulfillment")
    assert reserved == {
        "WebFunction": 100,
        **dict.fromkeys((f"{worker}WorkerFunction" for worker in workers), 3),
    }


def _reserves(function: Any) -> bool:
    return "ReservedConcurrentExecutions" in function


def test_the_budget_notifies_at_50_80_and_100_percent() -> None:
    parameters = {"AlarmEmail": "owner@hearth.example", "MonthlyBudgetUsd": 20}
    wiring = resolve_wiring(SOURCE, transform_template(SOURCE.template), parameters)
    (budget,) = (it for _, it in wiring.of_type("AWS::Budgets::Budget"))
    notifications = budget["NotificationsWithSubscribers"]

    assert [it["Notification"]["Threshold"] for it in notifications] == [50, 80, 100]
    assert budget["Budget"]["BudgetLimit"]["Amount"] == 20
    assert "MonthlyBudget" not in WIRING.resources


LOGS = ("log", "log_error", "write")


def logged_fields() -> Iterator[tuple[str, set[str]]]:
    """The name of each log line of the functions, and the fields that it is logged with."""
    paths = (
        it for folder in ("app", "workers", "workflow") for it in (ROOT / folder).rglob("*.py")
    )
    for node in (node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8")))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in LOGS:
            yield ast.unparse(node.args[0]), {it.arg for it in node.keywords if it.arg}


FILTERS = dict(WIRING.of_type("AWS::Logs::MetricFilter"))


@pytest.mark.parametrize("name", FILTERS)
def test_metric_filter_reads_only_fields_that_are_logged(name: str) -> None:
    properties = FILTERS[name]
    line = re.search(r'\$\.message = "([\w ]+)"', properties["FilterPattern"])
    fields = set(re.findall(r"\$\.(\w+)", json.dumps(properties))) - {"message"}

    # A filter that names no line matches each line with its fields.
    logged = [
        names
        for logged_line, names in logged_fields()
        if (logged_line == repr(line[1]) if line else fields <= names)
    ]
    assert logged
    assert all(fields <= names for names in logged), (fields, logged)
