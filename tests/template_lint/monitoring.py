"""W14: whatever can fail has an alarm that fires in time, and tells somebody."""

from collections.abc import Iterator

from tests.template_lint.alarms import Watch, watches
from tests.template_lint.findings import Finding
from tests.template_lint.wiring import Properties, Wiring

ALARM = "AWS::CloudWatch::Alarm"
AT_LEAST, MORE = "GreaterThanOrEqualToThreshold", "GreaterThanThreshold"
SLOWEST = 900  # seconds until an alarm must have fired


def is_watched(wiring: Wiring) -> Iterator[Finding]:
    alarms = [it for _, it in wiring.of(ALARM)]
    for watch in watches(wiring):
        if not any(_fires(wiring, it, watch) for it in alarms):
            yield Finding(
                watch.place,
                f"is not watched: add an alarm on {watch.metric} of {watch.namespace} that fires "
                f"at {watch.fires_at:g} ({watch.statistic}) within {SLOWEST // 60} minutes and "
                "tells a topic.",
                watch.metric,
            )


def tells_somebody(wiring: Wiring) -> Iterator[Finding]:
    for name, alarm in wiring.of(ALARM):
        if not _tells_somebody(wiring, alarm):
            yield Finding(name, "fires unheard: name our topic in AlarmActions.", "unheard")


def _fires(wiring: Wiring, alarm: Properties, watch: Watch) -> bool:
    return (
        (alarm.get("Namespace"), alarm.get("MetricName")) == (watch.namespace, watch.metric)
        and _looks_at(wiring, alarm, watch)
        and watch.statistic in (alarm.get("Statistic"), alarm.get("ExtendedStatistic"))
        and _in_time(alarm, watch)
        and _tells_somebody(wiring, alarm)
    )


def _looks_at(wiring: Wiring, alarm: Properties, watch: Watch) -> bool:
    looked = [(it["Name"], it["Value"]) for it in alarm.get("Dimensions", [])]
    if not watch.dimension:
        return not looked
    return [name for name, _ in looked] == [watch.dimension] and (
        looked[0][1] in wiring.called(watch.place)
    )


def _in_time(alarm: Properties, watch: Watch) -> bool:
    threshold, seconds = alarm["Threshold"], alarm["Period"] * alarm["EvaluationPeriods"]
    fires = {AT_LEAST: threshold <= watch.fires_at, MORE: threshold < watch.fires_at}
    return fires.get(alarm["ComparisonOperator"], False) and bool(seconds <= SLOWEST)


def _tells_somebody(wiring: Wiring, alarm: Properties) -> bool:
    told = (wiring.kind(it) for it in alarm.get("AlarmActions", []))
    return alarm.get("ActionsEnabled", True) is True and "AWS::SNS::Topic" in told
