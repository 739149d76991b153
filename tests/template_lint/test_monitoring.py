"""Alarms, dashboard, budget and concurrency of our own template."""

import json
from dataclasses import replace
from typing import Any

import pytest

from infra.build.bundles import ROOT
from tests.printed_figures import PrintFigure
from tests.template_lint import RULES, Finding, Source, translated, wiring_of
from tests.template_lint.alarms import watches
from tests.template_lint.monitoring import ALARM

OURS = Source.in_folder()
WIRING = wiring_of(OURS, translated(OURS.template), {})
ALARMS = {name: it for name, it in WIRING.resources.items() if it["Type"] == ALARM}
PLAIN = sorted(name for name, it in ALARMS.items() if "Metrics" not in it["Properties"])


def found_in(alarms: dict[str, Any]) -> list[Finding]:
    """What the two rules about alarms say, had our template these alarms."""
    others = {name: it for name, it in WIRING.resources.items() if it["Type"] != ALARM}
    wiring = replace(WIRING, resources={**others, **alarms})
    return [found for it in RULES if it.name == "W14" for found in it.look(wiring)]


def changed(name: str, **properties: Any) -> list[Finding]:
    wrong = {"Type": ALARM, "Properties": {**ALARMS[name]["Properties"], **properties}}
    return found_in({**ALARMS, name: wrong})


def test_what_can_fail_is_watched(print_figure: PrintFigure) -> None:
    print_figure(f"{len(list(watches(WIRING)))} things are watched by {len(ALARMS)} alarms")

    assert found_in(ALARMS) == []


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_that_is_gone_is_missed(name: str) -> None:
    assert found_in({other: it for other, it in ALARMS.items() if other != name})


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
def test_an_alarm_that_cannot_fire_or_is_not_heard_counts_for_none(wrong: dict[str, Any]) -> None:
    unnoticed = [name for name in PLAIN if not changed(name, **wrong)]

    assert unnoticed == []


def test_an_alarm_without_a_page_and_a_page_without_an_alarm_are_told_of() -> None:
    (lost, lonely) = changed("ApiLatencyAlarm", AlarmDescription="infra/RUNBOOK.md#nowhere")

    assert "write it" in str(lost)
    assert "api-latency" in str(lonely)


def test_every_page_says_what_it_means_where_to_look_and_what_to_do() -> None:
    _, *pages = (ROOT / "infra/RUNBOOK.md").read_text().split("\n## ")

    assert pages
    for page in pages:
        assert all(f"**{word}**" in page for word in ("Meaning", "Diagnosis", "Action")), page[:30]


def shown() -> set[tuple[str, str, str]]:
    """Namespace, metric and statistic of all that the dashboard draws."""
    board = json.loads(WIRING.resources["Dashboard"]["Properties"]["DashboardBody"])
    found = set()
    for widget in board["widgets"]:
        properties, named = widget["properties"], ("", "")
        for metric in properties["metrics"]:
            own = metric[-1] if isinstance(metric[-1], dict) else {}
            named = named if metric[0] == "..." else (metric[0], metric[1])
            found.add((*named, own.get("stat", properties.get("stat"))))
    return found


def test_the_dashboard_shows_what_a_load_test_is_judged_by() -> None:
    answers = {("AWS/ApiGateway", "Latency", it) for it in ("p50", "p95", "p99")}
    shipped = {("HearthAndClay", "ClickToShipped", it) for it in ("p50", "p95", "p99")}
    money = {("HearthAndClay", it, "Sum") for it in ("OrdersPlaced", "Revenue", "Refunds")}

    assert answers | shipped | money <= shown()
    assert {
        ("AWS/ApiGateway", "5xx", "Sum"),
        ("AWS/Lambda", "Errors", "Sum"),
        ("AWS/Lambda", "Throttles", "Sum"),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum"),
    } <= shown()


def test_the_dashboard_names_every_function_and_queue() -> None:
    board = str(OURS.template["Resources"]["Dashboard"])

    for kind in ("AWS::Lambda::Function", "AWS::SQS::Queue"):
        assert [name for name, _ in WIRING.of(kind) if f"${{{name}" not in board] == []


def test_a_new_account_which_may_reserve_nothing_can_deploy_it() -> None:
    reserved = [name for name, it in WIRING.of("AWS::Lambda::Function") if _reserves(it)]

    assert reserved == []


def test_a_large_account_may_keep_the_shop_and_each_consumer_free() -> None:
    choice = {"WebConcurrency": 100, "WorkerConcurrency": 3}
    wiring = wiring_of(OURS, translated(OURS.template), choice)

    assert {name: it["ReservedConcurrentExecutions"]
            for name, it in wiring.of("AWS::Lambda::Function") if _reserves(it)} == {
        "WebFunction": 100, "EmailWorkerFunction": 3, "AnalyticsWorkerFunction": 3, "InventoryWorkerFunction": 3,
        "FulfillmentWorkerFunction": 3}  # fmt: skip


def _reserves(function: Any) -> bool:
    return "ReservedConcurrentExecutions" in function


def test_the_budget_tells_at_half_at_four_fifths_and_at_all_of_it() -> None:
    choice = {"AlarmEmail": "owner@hearth.example", "MonthlyBudgetUsd": 20}
    wiring = wiring_of(OURS, translated(OURS.template), choice)
    (budget,) = (it for _, it in wiring.of("AWS::Budgets::Budget"))
    told = [it["Notification"]["Threshold"] for it in budget["NotificationsWithSubscribers"]]

    assert told == [50, 80, 100]
    assert budget["Budget"]["BudgetLimit"]["Amount"] == 20
    assert "MonthlyBudget" not in WIRING.resources
