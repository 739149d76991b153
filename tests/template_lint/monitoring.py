"""W14: everything that can fail has an alarm that fires in time and notifies a topic."""

from collections.abc import Iterator

from tests.template_lint.alarms import RequiredAlarm, required_alarms
from tests.template_lint.findings import Finding
from tests.template_lint.wiring import Properties, Wiring

ALARM = "AWS::CloudWatch::Alarm"
AT_LEAST, GREATER = "GreaterThanOrEqualToThreshold", "GreaterThanThreshold"
MAX_ALARM_SECONDS = 900  # from the failure until the alarm fires


def check_alarms_exist(wiring: Wiring) -> Iterator[Finding]:
    alarms = [it for _, it in wiring.of_type(ALARM)]
    for required in required_alarms(wiring):
        if not any(_covers(wiring, it, required) for it in alarms):
            yield Finding(
                required.resource,
                f"has no alarm: add one on {required.metric} of {required.namespace} that fires at "
                f"{required.threshold:g} ({required.statistic}) within {MAX_ALARM_SECONDS // 60} "
                "minutes and notifies a topic.",
                required.metric,
            )


def check_alarm_actions(wiring: Wiring) -> Iterator[Finding]:
    for name, alarm in wiring.of_type(ALARM):
        if not _notifies_topic(wiring, alarm):
            yield Finding(name, "notifies no topic: name one in AlarmActions.", "action")


def _covers(wiring: Wiring, alarm: Properties, required: RequiredAlarm) -> bool:
    return (
        (alarm.get("Namespace"), alarm.get("MetricName")) == (required.namespace, required.metric)
        and _has_dimension(wiring, alarm, required)
        and required.statistic in (alarm.get("Statistic"), alarm.get("ExtendedStatistic"))
        and _fires_in_time(alarm, required)
        and _notifies_topic(wiring, alarm)
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


def _notifies_topic(wiring: Wiring, alarm: Properties) -> bool:
    targets = (wiring.type_of(it) for it in alarm.get("AlarmActions", []))
    return alarm.get("ActionsEnabled", True) is True and "AWS::SNS::Topic" in targets
