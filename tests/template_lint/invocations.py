"""W8 to W10: functions that AWS services invoke: failure destinations, loops and permissions."""

from collections.abc import Iterator

from tests.template_lint.callers import invocations
from tests.template_lint.dead_lettering import INVOKE_CONFIG, failure_destination
from tests.template_lint.findings import Finding
from tests.template_lint.policy_statements import pattern_matches
from tests.template_lint.statements import allowed_actions
from tests.template_lint.wiring import MAPPING, QUEUE, RULE, Properties, Wiring

PERMISSION = "AWS::Lambda::Permission"


def check_failure_destinations(wiring: Wiring) -> Iterator[Finding]:
    """A failed asynchronous invocation is lost without a destination."""
    settings = {
        wiring.logical_id(it["FunctionName"]): it for _, it in wiring.of_type(INVOKE_CONFIG)
    }
    for function in sorted({it.function for it in invocations(wiring) if it.asynchronous}):
        found = settings.get(function, {})
        if wiring.type_of(failure_destination(found)) != QUEUE:
            yield Finding(
                function,
                "is invoked asynchronously, and an event that fails three times is lost: set "
                "EventInvokeConfig.DestinationConfig.OnFailure to a queue of this template.",
            )
        elif found.get("MaximumRetryAttempts", 2) < 1:
            yield Finding(function, "is not retried when it fails: allow one or two retries.")


def check_upload_loops(wiring: Wiring) -> Iterator[Finding]:
    """A function whose own upload invokes it again never stops."""
    for bucket, properties in wiring.of_type("AWS::S3::Bucket"):
        notifications = properties.get("NotificationConfiguration", {})
        for notification in notifications.get("LambdaConfigurations", []):
            yield from _check_notification(wiring, bucket, notification)


def _check_notification(wiring: Wiring, bucket: str, notification: Properties) -> Iterator[Finding]:
    function = wiring.logical_id(notification["Function"])
    rules = notification.get("Filter", {}).get("S3Key", {}).get("Rules", [])
    prefix = next((it["Value"] for it in rules if it["Name"].lower() == "prefix"), "")
    if not prefix:
        yield Finding(bucket, f"invokes {function} for every upload: filter by a prefix.", function)
    trigger = f"{wiring.arn(bucket)}/{prefix}"
    for action, resource in allowed_actions(wiring, function):
        writes = pattern_matches(action, "s3:PutObject")
        if writes and (pattern_matches(resource, f"{trigger}x") or resource.startswith(trigger)):
            yield Finding(
                function,
                f"may write to {prefix or bucket}, and be invoked for it again: let it write to "
                "another bucket or another prefix.",
            )


def check_invoke_permissions(wiring: Wiring) -> Iterator[Finding]:
    expected = {(it.function, it.service, it.source) for it in invocations(wiring)}
    granted = {
        (wiring.logical_id(it["FunctionName"]), it["Principal"], _source_resource(wiring, it)): (
            place,
            it,
        )
        for place, it in wiring.of_type(PERMISSION)
    }
    for function, service, source in sorted(expected - set(granted)):
        yield Finding(
            function,
            f"is invoked by {source} without permission: add an AWS::Lambda::Permission for "
            f"{service} with the SourceArn of {source}.",
            source,
        )
    for it in sorted(set(granted) - expected):
        yield Finding(
            granted[it][0],
            f"lets {it[1]} invoke {it[0]} as {it[2] or 'any source'}, which never does: correct "
            "SourceArn, or remove the permission.",
        )
    for service, (place, permission) in ((it[1], known) for it, known in granted.items()):
        # Bucket names are global, and a bucket's ARN has no account.
        if service == "s3.amazonaws.com" and "SourceAccount" not in permission:
            yield Finding(place, "accepts a bucket of that name of any account: add SourceAccount.")


def check_enabled(wiring: Wiring) -> Iterator[Finding]:
    for place, mapping in wiring.of_type(MAPPING):
        if mapping.get("Enabled", True) is not True:
            yield Finding(place, "is disabled: remove Enabled, or the mapping itself.")
    for place, rule in wiring.of_type(RULE):
        if rule.get("State", "ENABLED") != "ENABLED":
            yield Finding(place, "is disabled: remove State, or the rule itself.")


def _source_resource(wiring: Wiring, permission: Properties) -> str:
    arn = permission.get("SourceArn", "")
    if ":execute-api:" in arn:
        return wiring.logical_id(arn.rpartition(":")[2].partition("/")[0])
    return wiring.logical_id(arn)
