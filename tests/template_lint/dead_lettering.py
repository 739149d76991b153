"""Where what could not be done is put aside."""

from collections.abc import Iterator

from tests.template_lint.wiring import MAPPING, QUEUE, RULE, Properties, Wiring

INVOKING = "AWS::Lambda::EventInvokeConfig"
SUBSCRIPTION = "AWS::SNS::Subscription"


def after_redrive(properties: Properties) -> str:
    """The dead letters of a queue or a subscription; empty when it has none."""
    return str(properties.get("RedrivePolicy", {}).get("deadLetterTargetArn", ""))


def after_failure(properties: Properties) -> str:
    """Where a mapping, or an asynchronous call, sends what failed for good."""
    destination = properties.get("DestinationConfig", {}).get("OnFailure", {})
    return str(destination.get("Destination", ""))


def dead_letters(wiring: Wiring) -> Iterator[str]:
    """The logical ids of all that something is put aside into."""
    for kind, put_aside in (
        (QUEUE, after_redrive),
        (SUBSCRIPTION, after_redrive),
        (MAPPING, after_failure),
        (INVOKING, after_failure),
    ):
        yield from (wiring.named(put_aside(it)) for _, it in wiring.of(kind))
    for _, rule in wiring.of(RULE):
        for target in rule.get("Targets", []):
            yield wiring.named(target.get("DeadLetterConfig", {}).get("Arn", ""))
