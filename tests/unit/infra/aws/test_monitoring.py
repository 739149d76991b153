"""Metrics belong to one stack, alarms are quiet on an idle demo, and their cost is stated."""

import re
from typing import Any

from infra.build.bundles import ROOT
from infra.local.packaging import read_template
from tests.template_lint.resolver import Resolver

TEMPLATE = read_template(ROOT / "infra/template.yaml")
# A month each; https://aws.amazon.com/cloudwatch/pricing/
ALARM_USD, COMPOSITE_USD, METRIC_USD, DASHBOARD_USD = 0.10, 0.50, 0.30, 3.00
OWN_METRICS = 5  # written by app/observability/metrics.py


def resources(kind: str, stack: str = "one") -> dict[str, Any]:
    found = Resolver(TEMPLATE, {"AWS::StackName": stack}).resources()
    return {name: it["Properties"] for name, it in found.items() if it["Type"] == kind}


def own_metrics(stack: str) -> set[tuple[str, str]]:
    return {
        (it["MetricNamespace"], it["MetricName"])
        for counted in resources("AWS::Logs::MetricFilter", stack).values()
        for it in counted["MetricTransformations"]
    }


def test_two_stacks_in_one_account_have_no_metric_in_common() -> None:
    assert own_metrics("one")
    assert own_metrics("one").isdisjoint(own_metrics("two"))


def test_alarms_watch_the_metrics_of_their_own_stack() -> None:
    alarms = resources("AWS::CloudWatch::Alarm").values()
    watched = {
        (it["Namespace"], it["MetricName"])
        for it in alarms
        if it.get("Namespace", "").startswith("Hearth")
    }

    assert watched == own_metrics("one")


def test_percentiles_of_a_few_requests_change_no_alarm() -> None:
    percentiles = [
        it for it in resources("AWS::CloudWatch::Alarm").values() if "ExtendedStatistic" in it
    ]

    assert percentiles
    for alarm in percentiles:
        assert alarm["EvaluateLowSampleCountPercentile"] == "ignore"


def test_alarms_are_quiet_without_data() -> None:
    for name, alarm in resources("AWS::CloudWatch::Alarm").items():
        assert alarm["TreatMissingData"] == "notBreaching", name


def test_budget_of_the_stack_counts_what_carries_its_tag() -> None:
    parameters = {"AWS::StackName": "one", "AlarmEmail": "a@b.c", "MonthlyBudgetUsd": 10}
    budgets = [
        Resolver(TEMPLATE, parameters | {"BudgetScope": scope}).resources()["MonthlyBudget"]
        for scope in ("account", "stack")
    ]

    assert [it["Properties"]["Budget"].get("CostFilters") for it in budgets] == [
        None,
        {"TagKeyValue": ["user:Shop$one"]},
    ]


def test_cost_of_monitoring_is_the_stated_one() -> None:
    """An alarm costs 0.10 USD for each metric it reads; the first ten of an account are free."""
    alarms = resources("AWS::CloudWatch::Alarm").values()
    read = sum(len([m for m in it.get("Metrics", [{}]) if "Expression" not in m]) for it in alarms)
    metrics = len(own_metrics("one")) + OWN_METRICS
    decisions = (ROOT / "infra/DECISIONS.md").read_text()

    stated = re.search(
        r"(\d+) alarms read (\d+) metrics, ([\d.]+) USD a month idle; (\d+) metrics of our own",
        decisions,
    )

    assert stated
    assert stated.groups() == (str(len(alarms)), str(read), f"{read * ALARM_USD:.2f}", str(metrics))
    assert f"{metrics * METRIC_USD:.2f} USD" in decisions
    assert f"{DASHBOARD_USD:.2f} USD" in decisions
    composites = Resolver(TEMPLATE, {"AlarmSet": "composite"}).resources().values()
    number = len([it for it in composites if it["Type"] == "AWS::CloudWatch::CompositeAlarm"])
    assert f"four composite alarms {number * COMPOSITE_USD:.2f} USD" in decisions
