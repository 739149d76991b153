"""W14: everything that can fail has an alarm that fires in time and notifies a topic."""

import re
from collections.abc import Iterator

from tests.template_lint.alarms import RequiredAlarm, required_alarms
from tests.template_lint.findings import Finding
from tests.template_lint.wiring import Properties, Wiring

ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
IN_RULE = re.compile(r'ALARM\("([^"]+)"\)')  # joined by OR, so that each of them counts
RULE = re.compile(rf"{IN_RULE.pattern}(?: OR {IN_RULE.pattern})*")
AT_LEAST, GREATER = "GreaterThanOrEqualToThreshold", "GreaterThanThreshold"
MAX_ALARM_SECONDS = 900  # from the failure until the alarm fires


def check_alarms_exist(wiring: Wiring) -> Iterator[Finding]:
    notifying = [it for name, it in wiring.of_type(ALARM) if _notifies_topic(wiring, name, it)]
    for required in required_alarms(wiring):
        if not any(_covers(wiring, it, required) for it in notifying):
            yield Finding(
                required.resource,
                f"has no alarm: add one on {required.metric} of {required.namespace} that fires at "
                f"{required.threshold:g} ({required.statistic}) within {MAX_ALARM_SECONDS // 60} "
                "minutes and notifies a topic.",
                required.metric,
            )


def check_alarm_actions(wiring: Wiring) -> Iterator[Finding]:
    for name, alarm in wiring.of_type(ALARM):
        if not _notifies_topic(wiring, name, alarm):
            yield Finding(
                name,
                "notifies no topic: name one in AlarmActions, or the alarm in a composite one.",
                "action",
            )
    for name, alarm in wiring.of_type(COMPOSITE):
        if unknown := set(_members(wiring, alarm)) - {it for it, _ in wiring.of_type(ALARM)}:
            yield Finding(name, f"has no alarm {', '.join(sorted(unknown))}.", "rule")
        if not RULE.fullmatch(alarm["AlarmRule"]):
            yield Finding(name, "joins alarms by something else than OR.", "rule")


def _covers(wiring: Wiring, alarm: Properties, required: RequiredAlarm) -> bool:
    return (
        (alarm.get("Namespace"), alarm.get("MetricName")) == (required.namespace, required.metric)
        and _has_dimension(wiring, alarm, required)
        and required.statistic in (alarm.get("Statistic"), alarm.get("ExtendedStatistic"))
        and _fires_in_time(alarm, required)
    )


def _has_dimension(wiring: Wiring, alarm: Properties, required: RequiredAlarm) -> bool:
    dimensions = [(it["Name"], it["Value"]) for it in alarm.get("Dimensions", [])]
    if not required.dimension:
        return not dimensions
    return [name for name, _ in dimensions] == [required.dimension] and (
        dimensions[0][1] in wiring.names_of(required.resource)
    )


def _fires_in_time(alarm: Properties, required: RequiredAlarm) -> bool:
    threshold, seconds = alarm["Threshold"], alarm["Period"] * alarm["EvaluationPeriods"]
    fires = {AT_LEAST: threshold <= required.threshold, GREATER: threshold < required.threshold}
    return fires.get(alarm["ComparisonOperator"], False) and bool(seconds <= MAX_ALARM_SECONDS)


def _notifies_topic(wiring: Wiring, name: str, alarm: Properties) -> bool:
    """Directly, or through a composite alarm."""
    if alarm.get("ActionsEnabled", True) is True and _has_topic(wiring, alarm):
        return True
    return any(
        name in _members(wiring, it) and _has_topic(wiring, it)
        for _, it in wiring.of_type(COMPOSITE)
        if it.get("ActionsEnabled", True) is True
    )


def _members(wiring: Wiring, composite: Properties) -> list[str]:
    return [wiring.logical_id(it) for it in IN_RULE.findall(composite["AlarmRule"])]


def _has_topic(wiring: Wiring, alarm: Properties) -> bool:
    return "AWS::SNS::Topic" in (wiring.type_of(it) for it in alarm.get("AlarmActions", []))
