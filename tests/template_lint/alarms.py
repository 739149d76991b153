"""The alarms that the template must have: one for each thing that can fail, with its threshold."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.template_lint.dead_lettering import SUBSCRIPTION, dead_letter_queues
from tests.template_lint.naming import STACK
from tests.template_lint.wiring import FUNCTION, MACHINE, QUEUE, Wiring


@dataclass(frozen=True)
class RequiredAlarm:
    """An alarm that must fire when ``statistic`` reaches ``threshold``, or earlier.

    Without a ``dimension`` the metric covers the whole account.
    """

    resource: str
    namespace: str
    metric: str
    statistic: str
    threshold: float
    dimension: str = ""


def required_alarms(wiring: Wiring) -> Iterator[RequiredAlarm]:
    yield from _for_functions(wiring)
    yield from _for_queues(wiring)
    yield from _for_the_api(wiring)
    for name, _ in wiring.of_type(MACHINE):
        for status in ("Failed", "TimedOut", "Aborted"):
            metric = f"Executions{status}"
            yield RequiredAlarm(name, "AWS/States", metric, "Sum", 1, "StateMachineArn")
    for topic in sorted(
        {wiring.logical_id(it["TopicArn"]) for _, it in wiring.of_type(SUBSCRIPTION)}
    ):
        yield RequiredAlarm(topic, "AWS/SNS", "NumberOfNotificationsFailed", "Sum", 1, "TopicName")
    namespace = f"HearthAndClay/{STACK}"
    yield RequiredAlarm("shop verify", namespace, "ConsistencyViolations", "Sum", 1)
    for name, counted in wiring.of_type("AWS::Logs::MetricFilter"):
        for it in counted["MetricTransformations"]:
            yield RequiredAlarm(name, it["MetricNamespace"], it["MetricName"], "Sum", 1)


def _for_functions(wiring: Wiring) -> Iterator[RequiredAlarm]:
    for name, _ in wiring.of_type(FUNCTION):
        yield RequiredAlarm(name, "AWS/Lambda", "Errors", "Average", 0.02, "FunctionName")
        yield RequiredAlarm(name, "AWS/Lambda", "Throttles", "Sum", 1)
    for _, mapping in wiring.mappings_from("AWS::DynamoDB::Table"):
        worker = wiring.logical_id(mapping["FunctionName"])
        yield RequiredAlarm(worker, "AWS/Lambda", "IteratorAge", "Maximum", 60_001, "FunctionName")


def _for_queues(wiring: Wiring) -> Iterator[RequiredAlarm]:
    dead_letter_ids = set(dead_letter_queues(wiring))
    for name, _ in wiring.of_type(QUEUE):
        metric, threshold = ("ApproximateAgeOfOldestMessage", 301.0)
        if name in dead_letter_ids:
            metric, threshold = ("ApproximateNumberOfMessagesVisible", 1.0)
        yield RequiredAlarm(name, "AWS/SQS", metric, "Maximum", threshold, "QueueName")


def _for_the_api(wiring: Wiring) -> Iterator[RequiredAlarm]:
    for name, _ in wiring.of_type("AWS::ApiGatewayV2::Api"):
        yield RequiredAlarm(name, "AWS/ApiGateway", "5xx", "Average", 0.02, "ApiId")
        yield RequiredAlarm(name, "AWS/ApiGateway", "Latency", "p95", 1_001, "ApiId")
