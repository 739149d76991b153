"""Which AWS service invokes which function: the API, buckets, and EventBridge rules."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.template_lint.wiring import FUNCTION, RULE, Wiring


@dataclass(frozen=True)
class Invocation:
    """An invocation of a function by a service; nothing receives an ``asynchronous`` result."""

    function: str
    service: str
    source: str
    asynchronous: bool = True


def invocations(wiring: Wiring) -> Iterator[Invocation]:
    yield from _by_api(wiring)
    yield from _by_buckets(wiring)
    yield from _by_rules(wiring)


def _by_api(wiring: Wiring) -> Iterator[Invocation]:
    for _, it in wiring.of_type("AWS::ApiGatewayV2::Integration"):
        function, api = wiring.logical_id(it["IntegrationUri"]), wiring.logical_id(it["ApiId"])
        yield Invocation(function, "apigateway.amazonaws.com", api, asynchronous=False)


def _by_buckets(wiring: Wiring) -> Iterator[Invocation]:
    for bucket, properties in wiring.of_type("AWS::S3::Bucket"):
        notifications = properties.get("NotificationConfiguration", {})
        for notification in notifications.get("LambdaConfigurations", []):
            function = wiring.logical_id(notification["Function"])
            yield Invocation(function, "s3.amazonaws.com", bucket)


def _by_rules(wiring: Wiring) -> Iterator[Invocation]:
    for rule, properties in wiring.of_type(RULE):
        for target in properties.get("Targets", []):
            if wiring.type_of(target["Arn"]) == FUNCTION:
                yield Invocation(wiring.logical_id(target["Arn"]), "events.amazonaws.com", rule)
