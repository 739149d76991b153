"""W8 to W10: functions that others call: what becomes of a failed call, and who may call."""

from collections.abc import Iterator

from tests.template_lint.callers import calls
from tests.template_lint.dead_lettering import INVOKING, after_failure
from tests.template_lint.findings import Finding
from tests.template_lint.policy_statements import covers
from tests.template_lint.statements import allowed_to
from tests.template_lint.wiring import MAPPING, QUEUE, RULE, Properties, Wiring

PERMISSION = "AWS::Lambda::Permission"


def buries_what_failed(wiring: Wiring) -> Iterator[Finding]:
    """Nobody waits for the answer to an asynchronous call, so a failed one is gone."""
    settings = {wiring.named(it["FunctionName"]): it for _, it in wiring.of(INVOKING)}
    for function in sorted({it.function for it in calls(wiring) if it.without_answer}):
        found = settings.get(function, {})
        if wiring.kind(after_failure(found)) != QUEUE:
            yield Finding(
                function,
                "is called asynchronously, and what fails three times is gone: set "
                "EventInvokeConfig.DestinationConfig.OnFailure to a queue of ours.",
            )
        elif found.get("MaximumRetryAttempts", 2) < 1:
            yield Finding(function, "is not called again when it fails: allow one retry or two.")


def never_calls_itself(wiring: Wiring) -> Iterator[Finding]:
    """A function whose own upload calls it again costs without end."""
    for bucket, properties in wiring.of("AWS::S3::Bucket"):
        told = properties.get("NotificationConfiguration", {}).get("LambdaConfigurations", [])
        for notice in told:
            yield from _of_notice(wiring, bucket, notice)


def _of_notice(wiring: Wiring, bucket: str, notice: Properties) -> Iterator[Finding]:
    function = wiring.named(notice["Function"])
    rules = notice.get("Filter", {}).get("S3Key", {}).get("Rules", [])
    prefix = next((it["Value"] for it in rules if it["Name"].lower() == "prefix"), "")
    if not prefix:
        yield Finding(bucket, f"calls {function} for every upload: filter by a prefix.", function)
    trigger = f"{wiring.arn(bucket)}/{prefix}"
    for action, resource in allowed_to(wiring, function):
        writes = covers(action, "s3:PutObject")
        if writes and (covers(resource, f"{trigger}x") or resource.startswith(trigger)):
            yield Finding(
                function,
                f"may write below {prefix or bucket}, and be called for it again: let it write "
                "into another bucket or below another prefix.",
            )


def lets_its_callers_in(wiring: Wiring) -> Iterator[Finding]:
    expected = {(it.function, it.service, it.source) for it in calls(wiring)}
    granted = {
        (wiring.named(it["FunctionName"]), it["Principal"], _source(wiring, it)): (place, it)
        for place, it in wiring.of(PERMISSION)
    }
    for function, service, source in sorted(expected - set(granted)):
        yield Finding(
            function,
            f"is called by {source}, which may not: add an AWS::Lambda::Permission for {service} "
            f"with the SourceArn of {source}.",
            source,
        )
    for it in sorted(set(granted) - expected):
        yield Finding(
            granted[it][0],
            f"lets {it[1]} call {it[0]} as {it[2] or 'anybody'}, which never does: name the true "
            "caller in SourceArn, or take it away.",
        )
    for service, (place, permission) in ((it[1], known) for it, known in granted.items()):
        # A bucket's name is the whole world's, and its ARN has no account.
        if service == "s3.amazonaws.com" and "SourceAccount" not in permission:
            yield Finding(
                place, "lets a bucket of that name in from any account: add SourceAccount."
            )


def are_switched_on(wiring: Wiring) -> Iterator[Finding]:
    for place, mapping in wiring.of(MAPPING):
        if mapping.get("Enabled", True) is not True:
            yield Finding(place, "is switched off: take Enabled away, or the mapping itself.")
    for place, rule in wiring.of(RULE):
        if rule.get("State", "ENABLED") != "ENABLED":
            yield Finding(place, "is switched off: take State away, or the rule itself.")


def _source(wiring: Wiring, permission: Properties) -> str:
    arn = permission.get("SourceArn", "")
    if ":execute-api:" in arn:
        return wiring.named(arn.rpartition(":")[2].partition("/")[0])
    return wiring.named(arn)
