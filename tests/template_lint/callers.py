"""Who calls which function: the API, buckets, and rules."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.template_lint.wiring import FUNCTION, RULE, Wiring


@dataclass(frozen=True)
class Call:
    """Nobody waits for the answer, where it is called ``without_answer``."""

    function: str
    service: str
    source: str
    without_answer: bool = True


def calls(wiring: Wiring) -> Iterator[Call]:
    yield from _by_the_api(wiring)
    yield from _by_buckets(wiring)
    yield from _by_rules(wiring)


def _by_the_api(wiring: Wiring) -> Iterator[Call]:
    for _, it in wiring.of("AWS::ApiGatewayV2::Integration"):
        function, api = wiring.named(it["IntegrationUri"]), wiring.named(it["ApiId"])
        yield Call(function, "apigateway.amazonaws.com", api, without_answer=False)


def _by_buckets(wiring: Wiring) -> Iterator[Call]:
    for bucket, properties in wiring.of("AWS::S3::Bucket"):
        told = properties.get("NotificationConfiguration", {}).get("LambdaConfigurations", [])
        for notice in told:
            yield Call(wiring.named(notice["Function"]), "s3.amazonaws.com", bucket)


def _by_rules(wiring: Wiring) -> Iterator[Call]:
    for rule, properties in wiring.of(RULE):
        for target in properties.get("Targets", []):
            if wiring.kind(target["Arn"]) == FUNCTION:
                yield Call(wiring.named(target["Arn"]), "events.amazonaws.com", rule)
