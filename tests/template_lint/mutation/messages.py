"""Messages lost, tried too seldom, or handed to the wrong one: queues, subscriptions, mappings."""

from collections.abc import Iterator
from typing import Any

from tests.template_lint.mutation.mutants import (
    NO_RESOURCE,
    Mutant,
    Template,
    each_gone,
    gone,
    instead,
    of_type,
)
from tests.template_lint.mutation.trees import at

SHORT = 345_600  # as long as the queues themselves keep a message


def of_queues(template: Template) -> Iterator[Mutant]:
    for path, queue in of_type(template, "AWS::SQS::Queue"):
        yield from gone(queue, path, ("VisibilityTimeout",), ("RedrivePolicy",))
        yield from instead(queue, path, ("VisibilityTimeout",), 60)
        yield from instead(queue, path, ("RedrivePolicy", "maxReceiveCount"), 1)
        if "RedrivePolicy" not in queue:
            yield from instead(queue, path, ("MessageRetentionPeriod",), SHORT)


def of_subscriptions(template: Template) -> Iterator[Mutant]:
    for path, subscription in of_type(template, "AWS::SNS::Subscription"):
        if subscription["Protocol"] != "sqs":
            continue
        yield Mutant(path[:2], NO_RESOURCE)
        yield from gone(subscription, path, ("RawMessageDelivery",), ("RedrivePolicy",))
        yield from gone(subscription, path, ("FilterPolicy",))
        yield from each_gone(subscription, path, ("FilterPolicy", "type"))
        for place, one in enumerate(at(subscription, ("FilterPolicy", "type"))):
            yield Mutant((*path, "FilterPolicy", "type", place), f"{one}s")


def of_mappings(template: Template) -> Iterator[Mutant]:
    for path, mapping in of_type(template, "AWS::Lambda::EventSourceMapping"):
        yield Mutant(path[:2], NO_RESOURCE)
        yield Mutant((*path, "Enabled"), value=False)
        yield from gone(mapping, path, ("FunctionResponseTypes",), ("ScalingConfig",))
        yield from _of_a_stream(path, mapping)
        if "ScalingConfig" in mapping:
            yield Mutant((*path, "ScalingConfig", "MaximumConcurrency"), 1)
            yield Mutant((*path, "MaximumBatchingWindowInSeconds"), 300)


def _of_a_stream(path: tuple[str | int, ...], mapping: Any) -> Iterator[Mutant]:
    yield from instead(mapping, path, ("StartingPosition",), "LATEST")
    yield from instead(mapping, path, ("BisectBatchOnFunctionError",), value=False)
    yield from instead(mapping, path, ("MaximumRetryAttempts",), -1)
    yield from instead(mapping, path, ("MaximumRecordAgeInSeconds",), -1)
    yield from gone(mapping, path, ("DestinationConfig",), ("FilterCriteria",))
    pattern = ("FilterCriteria", "Filters", 0, "Pattern")
    if at(mapping, pattern, None):
        wrong = at(mapping, pattern).replace("event", "evnet")
        yield from instead(mapping, path, pattern, wrong)
