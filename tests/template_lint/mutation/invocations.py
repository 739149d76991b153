"""Mutants that lose or repeat invocations: functions, rules, buckets, the API, logs, alarms."""

from collections.abc import Iterator

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

PATTERN = ("EventPattern", "detail", "status")
NOTICES = ("NotificationConfiguration", "LambdaConfigurations")


def of_functions(template: Template) -> Iterator[Mutant]:
    for path, function in properties_of_type(template, "AWS::Lambda::Function"):
        yield from without(function, path, ("LoggingConfig",))
    for path, settings in properties_of_type(template, "AWS::Lambda::EventInvokeConfig"):
        yield Mutant(path[:2], NO_RESOURCE)
        yield from without(settings, path, ("DestinationConfig",))
        yield from with_value(settings, path, ("MaximumRetryAttempts",), 0)
    for _, mapping in properties_of_type(template, "AWS::Lambda::EventSourceMapping"):
        worker = get_at(mapping, ("FunctionName", "Ref"))
        if "ScalingConfig" in mapping:
            yield Mutant(("Resources", worker, "Properties", "Timeout"), 60)
            reserved = ("Resources", worker, "Properties", "ReservedConcurrentExecutions")
            yield Mutant(reserved, 1)


def of_rules(template: Template) -> Iterator[Mutant]:
    for path, rule in properties_of_type(template, "AWS::Events::Rule"):
        yield Mutant(path[:2], NO_RESOURCE)
        yield Mutant((*path, "State"), "DISABLED")
        yield from without(rule, path, ("Targets",))
        yield from without_each(rule, path, PATTERN)
        yield from without_each(rule, path, ("EventPattern", "detail-type"))
        yield from with_value(rule, path, ("EventPattern", "source"), ["aws.s3"])
        if "EventPattern" in rule:
            yield Mutant((*path, "Targets", 0, "DeadLetterConfig"), {})


def of_buckets(template: Template) -> Iterator[Mutant]:
    for path, bucket in properties_of_type(template, "AWS::S3::Bucket"):
        for place in range(len(get_at(bucket, NOTICES, []))):
            here = (*path, *NOTICES, place)
            yield Mutant(here, {**get_at(bucket, (*NOTICES, place)), "Filter": {}})
        yield from without_each(bucket, path, NOTICES)


def of_the_api(template: Template) -> Iterator[Mutant]:
    for path, stage in properties_of_type(template, "AWS::ApiGatewayV2::Stage"):
        for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
            yield from without(stage, path, ("DefaultRouteSettings", limit))
            yield from with_value(stage, path, ("DefaultRouteSettings", limit), 10_000)
    for path, _ in properties_of_type(template, "AWS::ApiGatewayV2::Integration"):
        yield Mutant(path[:2], NO_RESOURCE)


def of_logs(template: Template) -> Iterator[Mutant]:
    for path, log in properties_of_type(template, "AWS::Logs::LogGroup"):
        yield from without(log, path, ("RetentionInDays",))


def of_alarms(template: Template) -> Iterator[Mutant]:
    for path, alarm in properties_of_type(template, "AWS::CloudWatch::Alarm"):
        yield Mutant(path[:2], NO_RESOURCE)
        yield from without(alarm, path, ("AlarmActions",))
        yield from with_value(alarm, path, ("Threshold",), 10_000_000)
        yield from with_value(alarm, path, ("AlarmDescription",), "")
