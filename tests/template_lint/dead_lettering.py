"""Dead-letter queues and failure destinations of queues, subscriptions, mappings and functions."""

from collections.abc import Iterator

from tests.template_lint.wiring import MAPPING, QUEUE, RULE, Properties, Wiring

INVOKE_CONFIG = "AWS::Lambda::EventInvokeConfig"
SUBSCRIPTION = "AWS::SNS::Subscription"


def redrive_target(properties: Properties) -> str:
    """The dead-letter queue of a queue or a subscription; empty when it has none."""
    return str(properties.get("RedrivePolicy", {}).get("deadLetterTargetArn", ""))


def failure_destination(properties: Properties) -> str:
    """Where a mapping or an asynchronous invocation sends permanent failures; empty if nowhere."""
    destination = properties.get("DestinationConfig", {}).get("OnFailure", {})
    return str(destination.get("Destination", ""))


def dead_letter_queues(wiring: Wiring) -> Iterator[str]:
    """The logical ids of everything that receives failed messages, with repetitions."""
    for resource_type, target_of in (
        (QUEUE, redrive_target),
        (SUBSCRIPTION, redrive_target),
        (MAPPING, failure_destination),
        (INVOKE_CONFIG, failure_destination),
    ):
        yield from (wiring.logical_id(target_of(it)) for _, it in wiring.of_type(resource_type))
    for _, rule in wiring.of_type(RULE):
        for target in rule.get("Targets", []):
            yield wiring.logical_id(target.get("DeadLetterConfig", {}).get("Arn", ""))
