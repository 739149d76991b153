"""Mutants that lose messages or retry them too rarely: queues, subscriptions, mappings."""

from collections.abc import Iterator
from typing import Any

from tests.template_lint.mutation.mutants import (
    NO_RESOURCE,
    Mutant,
    Template,
    properties_of_type,
    with_value,
    without,
    without_each,
)
from tests.template_lint.mutation.trees import get_at

SHORT_RETENTION = 604_800  # the retention of the queues themselves


def of_queues(template: Template) -> Iterator[Mutant]:
    for path, queue in properties_of_type(template, "AWS::SQS::Queue"):
        yield from without(queue, path, ("VisibilityTimeout",), ("RedrivePolicy",))
        yield from with_value(queue, path, ("VisibilityTimeout",), 60)
        yield from with_value(queue, path, ("RedrivePolicy", "maxReceiveCount"), 1)
        if "RedrivePolicy" not in queue:
            yield from with_value(queue, path, ("MessageRetentionPeriod",), SHORT_RETENTION)


def of_subscriptions(template: Template) -> Iterator[Mutant]:
    for path, subscription in properties_of_type(template, "AWS::SNS::Subscription"):
        if subscription["Protocol"] != "sqs":
            continue
        yield Mutant(path[:2], NO_RESOURCE)
        yield from without(subscription, path, ("RawMessageDelivery",), ("RedrivePolicy",))
        yield from without(subscription, path, ("FilterPolicy",))
        yield from without_each(subscription, path, ("FilterPolicy", "type"))
        for place, one in enumerate(get_at(subscription, ("FilterPolicy", "type"))):
            yield Mutant((*path, "FilterPolicy", "type", place), f"{one}s")


def of_mappings(template: Template) -> Iterator[Mutant]:
    for path, mapping in properties_of_type(template, "AWS::Lambda::EventSourceMapping"):
        yield Mutant(path[:2], NO_RESOURCE)
        yield Mutant((*path, "Enabled"), value=False)
        yield from without(mapping, path, ("FunctionResponseTypes",), ("ScalingConfig",))
        yield from _of_stream_mapping(path, mapping)
        if "ScalingConfig" in mapping:
            yield Mutant((*path, "ScalingConfig", "MaximumConcurrency"), 1)
            yield Mutant((*path, "MaximumBatchingWindowInSeconds"), 300)


def _of_stream_mapping(path: tuple[str | int, ...], mapping: Any) -> Iterator[Mutant]:
    yield from with_value(mapping, path, ("StartingPosition",), "LATEST")
    yield from with_value(mapping, path, ("BisectBatchOnFunctionError",), value=False)
    yield from with_value(mapping, path, ("MaximumRetryAttempts",), -1)
    yield from with_value(mapping, path, ("MaximumRecordAgeInSeconds",), -1)
    yield from without(mapping, path, ("DestinationConfig",), ("FilterCriteria",))
    pattern = ("FilterCriteria", "Filters", 0, "Pattern")
    if get_at(mapping, pattern, None):
        wrong = get_at(mapping, pattern).replace("event", "evnet")
        yield from with_value(mapping, path, pattern, wrong)
