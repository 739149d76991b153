"""Calls that never come, come twice or are lost: functions, rules, buckets, the API, logs."""

from collections.abc import Iterator

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

PATTERN = ("EventPattern", "detail", "status")
NOTICES = ("NotificationConfiguration", "LambdaConfigurations")


def of_functions(template: Template) -> Iterator[Mutant]:
    for path, function in of_type(template, "AWS::Lambda::Function"):
        yield from gone(function, path, ("LoggingConfig",))
    for path, settings in of_type(template, "AWS::Lambda::EventInvokeConfig"):
        yield Mutant(path[:2], NO_RESOURCE)
        yield from gone(settings, path, ("DestinationConfig",))
        yield from instead(settings, path, ("MaximumRetryAttempts",), 0)
    for _, mapping in of_type(template, "AWS::Lambda::EventSourceMapping"):
        worker = at(mapping, ("FunctionName", "Ref"))
        if "ScalingConfig" in mapping:
            yield Mutant(("Resources", worker, "Properties", "Timeout"), 60)
            reserved = ("Resources", worker, "Properties", "ReservedConcurrentExecutions")
            yield Mutant(reserved, 1)


def of_rules(template: Template) -> Iterator[Mutant]:
    for path, rule in of_type(template, "AWS::Events::Rule"):
        yield Mutant(path[:2], NO_RESOURCE)
        yield Mutant((*path, "State"), "DISABLED")
        yield from gone(rule, path, ("Targets",))
        yield from each_gone(rule, path, PATTERN)
        yield from instead(rule, path, ("EventPattern", "source"), ["aws.s3"])
        if "EventPattern" in rule:
            yield Mutant((*path, "Targets", 0, "DeadLetterConfig"), {})


def of_buckets(template: Template) -> Iterator[Mutant]:
    for path, bucket in of_type(template, "AWS::S3::Bucket"):
        for place in range(len(at(bucket, NOTICES, []))):
            here = (*path, *NOTICES, place)
            yield Mutant(here, {**at(bucket, (*NOTICES, place)), "Filter": {}})
        yield from each_gone(bucket, path, NOTICES)


def of_the_api(template: Template) -> Iterator[Mutant]:
    for path, stage in of_type(template, "AWS::ApiGatewayV2::Stage"):
        for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
            yield from gone(stage, path, ("DefaultRouteSettings", limit))
            yield from instead(stage, path, ("DefaultRouteSettings", limit), 10_000)
    for path, _ in of_type(template, "AWS::ApiGatewayV2::Integration"):
        yield Mutant(path[:2], NO_RESOURCE)


def of_logs(template: Template) -> Iterator[Mutant]:
    for path, log in of_type(template, "AWS::Logs::LogGroup"):
        yield from gone(log, path, ("RetentionInDays",))


def of_alarms(template: Template) -> Iterator[Mutant]:
    for path, alarm in of_type(template, "AWS::CloudWatch::Alarm"):
        yield Mutant(path[:2], NO_RESOURCE)
        yield from gone(alarm, path, ("AlarmActions",))
        yield from instead(alarm, path, ("Threshold",), 10_000_000)
        yield from instead(alarm, path, ("AlarmDescription",), "")
