"""What has to be watched, and from which figure on somebody must hear of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.template_lint.dead_lettering import SUBSCRIPTION, dead_letters
from tests.template_lint.wiring import FUNCTION, MACHINE, QUEUE, Wiring


@dataclass(frozen=True)
class Watch:
    """An alarm must fire when ``statistic`` reaches ``fires_at``, or earlier.

    Without a ``dimension`` it looks at the whole account.
    """

    place: str
    namespace: str
    metric: str
    statistic: str
    fires_at: float
    dimension: str = ""


def watches(wiring: Wiring) -> Iterator[Watch]:
    yield from _of_functions(wiring)
    yield from _of_queues(wiring)
    yield from _of_the_api(wiring)
    for name, _ in wiring.of(MACHINE):
        for ending in ("Failed", "TimedOut", "Aborted"):
            yield Watch(name, "AWS/States", f"Executions{ending}", "Sum", 1, "StateMachineArn")
    for topic in sorted({wiring.named(it["TopicArn"]) for _, it in wiring.of(SUBSCRIPTION)}):
        yield Watch(topic, "AWS/SNS", "NumberOfNotificationsFailed", "Sum", 1, "TopicName")
    yield Watch("shop audit", "HearthAndClay", "breaches", "Maximum", 1)
    for name, counted in wiring.of("AWS::Logs::MetricFilter"):
        for it in counted["MetricTransformations"]:
            yield Watch(name, it["MetricNamespace"], it["MetricName"], "Sum", 1)


def _of_functions(wiring: Wiring) -> Iterator[Watch]:
    for name, _ in wiring.of(FUNCTION):
        yield Watch(name, "AWS/Lambda", "Errors", "Average", 0.02, "FunctionName")
        yield Watch(name, "AWS/Lambda", "Throttles", "Sum", 1)
    for _, mapping in wiring.mappings("AWS::DynamoDB::Table"):
        worker = wiring.named(mapping["FunctionName"])
        yield Watch(worker, "AWS/Lambda", "IteratorAge", "Maximum", 60_001, "FunctionName")


def _of_queues(wiring: Wiring) -> Iterator[Watch]:
    buried_in = set(dead_letters(wiring))
    for name, _ in wiring.of(QUEUE):
        metric, most = ("ApproximateAgeOfOldestMessage", 301.0)
        if name in buried_in:
            metric, most = ("ApproximateNumberOfMessagesVisible", 1.0)
        yield Watch(name, "AWS/SQS", metric, "Maximum", most, "QueueName")


def _of_the_api(wiring: Wiring) -> Iterator[Watch]:
    for name, _ in wiring.of("AWS::ApiGatewayV2::Api"):
        yield Watch(name, "AWS/ApiGateway", "5xx", "Average", 0.02, "ApiId")
        yield Watch(name, "AWS/ApiGateway", "Latency", "p95", 1_001, "ApiId")
