"""W11 and W18: a role allows what its function's event sources and settings need, and never `*`."""

from collections.abc import Iterator

from tests.template_lint.dead_lettering import INVOKE_CONFIG, failure_destination
from tests.template_lint.findings import Finding
from tests.template_lint.statements import allowed_actions, is_allowed, role_of, statements
from tests.template_lint.steps import called_functions
from tests.template_lint.wiring import (
    FUNCTION,
    MACHINE,
    MAPPING,
    QUEUE,
    Properties,
    Wiring,
    as_list,
)

QUEUE_READ_ACTIONS = (
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
)
STREAM_READ_ACTIONS = (
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:DescribeStream",
    "dynamodb:ListStreams",
)
SEND_MESSAGE, INVOKE_FUNCTION = "sqs:SendMessage", "lambda:InvokeFunction"


def check_wiring_is_granted(wiring: Wiring) -> Iterator[Finding]:
    for owner, action, resource in sorted(set(calls_needed_by_wiring(wiring))):
        if not is_allowed(wiring, owner, action, resource):
            yield Finding(
                owner,
                f"needs {action} on {wiring.logical_id(resource)}: allow it in its Policies.",
                f"{action} {wiring.logical_id(resource)}",
            )


def check_settings_are_granted(wiring: Wiring) -> Iterator[Finding]:
    """A function may use every resource that its environment variables name."""
    for owner, function in wiring.of_type(FUNCTION):
        allowed = {wiring.owner_of(resource) for _, resource in allowed_actions(wiring, owner)}
        for name, value in function.get("Environment", {}).get("Variables", {}).items():
            named = wiring.logical_id(value)
            if named in wiring.resources and named not in allowed:
                yield Finding(
                    owner,
                    f"has {named} in its variable {name}, but no permission on it: add one, or "
                    "remove the variable.",
                    name,
                )


def check_grants_name_own_resources(wiring: Wiring) -> Iterator[Finding]:
    for kind in (FUNCTION, MACHINE):
        for owner, _ in wiring.of_type(kind):
            for action, resource in allowed_actions(wiring, owner):
                if resource != "*" and wiring.owner_of(resource) not in wiring.resources:
                    yield Finding(
                        owner,
                        f"may {action} on {resource}, which is not in this template: correct it.",
                        action,
                    )


def calls_needed_by_wiring(wiring: Wiring) -> Iterator[tuple[str, str, str]]:
    for _, mapping in wiring.of_type(MAPPING):
        worker, source = wiring.logical_id(mapping["FunctionName"]), mapping["EventSourceArn"]
        reads = QUEUE_READ_ACTIONS if wiring.type_of(source) == QUEUE else STREAM_READ_ACTIONS
        for action in reads:
            yield worker, action, source
        yield from _calls_to_send_failures(worker, mapping)
    for _, it in wiring.of_type(INVOKE_CONFIG):
        yield from _calls_to_send_failures(wiring.logical_id(it["FunctionName"]), it)
    for machine in wiring.workflows:
        for function in called_functions(wiring.workflows[machine]):
            yield machine, INVOKE_FUNCTION, function


def _calls_to_send_failures(worker: str, config: Properties) -> Iterator[tuple[str, str, str]]:
    if failure_destination(config):
        yield worker, SEND_MESSAGE, failure_destination(config)


def check_no_wildcards(wiring: Wiring) -> Iterator[Finding]:
    for kind in (FUNCTION, MACHINE):
        for owner, _ in wiring.of_type(kind):
            for statement in statements(wiring, role_of(wiring, owner)):
                if statement["Effect"] == "Allow":
                    yield from _check_wildcards(owner, statement)


def _check_wildcards(owner: str, statement: Properties) -> Iterator[Finding]:
    for action in as_list(statement["Action"]):
        if "*" in action:
            yield Finding(owner, f"may {action}: name each action that it needs.", action)
        if "*" in as_list(statement["Resource"]):
            yield Finding(owner, f"may {action} anywhere: name the resource.", action)
