"""W11 and W18: a role allows what its function's settings and sources ask for, and never `*`."""

from collections.abc import Iterator

from tests.template_lint.dead_lettering import INVOKING, after_failure
from tests.template_lint.findings import Finding
from tests.template_lint.statements import allowed_to, may, role_of, statements
from tests.template_lint.steps import called_by
from tests.template_lint.wiring import FUNCTION, MACHINE, MAPPING, QUEUE, Properties, Wiring, listed

TO_READ_A_QUEUE = (
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
)
TO_READ_A_STREAM = (
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:DescribeStream",
    "dynamodb:ListStreams",
)
SENDS, CALLS = "sqs:SendMessage", "lambda:InvokeFunction"


def allow_what_is_needed(wiring: Wiring) -> Iterator[Finding]:
    for owner, action, resource in sorted(set(needed_by_wiring(wiring))):
        if not may(wiring, owner, action, resource):
            yield Finding(
                owner,
                f"needs {action} on {wiring.named(resource)}: allow it in its Policies.",
                f"{action} {wiring.named(resource)}",
            )


def settings_lead_somewhere(wiring: Wiring) -> Iterator[Finding]:
    """What a setting names must be allowed for something."""
    for owner, function in wiring.of(FUNCTION):
        allowed = {wiring.owner_of(resource) for _, resource in allowed_to(wiring, owner)}
        for name, value in function.get("Environment", {}).get("Variables", {}).items():
            named = wiring.named(value)
            if named in wiring.resources and named not in allowed:
                yield Finding(
                    owner,
                    f"is told of {named} by {name}, but may do nothing with it: allow what it "
                    "does, or take the variable away.",
                    name,
                )


def lead_to_what_is_there(wiring: Wiring) -> Iterator[Finding]:
    for kind in (FUNCTION, MACHINE):
        for owner, _ in wiring.of(kind):
            for action, resource in allowed_to(wiring, owner):
                if resource != "*" and wiring.owner_of(resource) not in wiring.resources:
                    yield Finding(
                        owner,
                        f"may {action} on {resource}, which is nothing of ours: mend the name.",
                        action,
                    )


def needed_by_wiring(wiring: Wiring) -> Iterator[tuple[str, str, str]]:
    for _, mapping in wiring.of(MAPPING):
        worker, source = wiring.named(mapping["FunctionName"]), mapping["EventSourceArn"]
        reads = TO_READ_A_QUEUE if wiring.kind(source) == QUEUE else TO_READ_A_STREAM
        for action in reads:
            yield worker, action, source
        yield from _to_bury(worker, mapping)
    for _, it in wiring.of(INVOKING):
        yield from _to_bury(wiring.named(it["FunctionName"]), it)
    for machine in wiring.workflows:
        for function in called_by(wiring.workflows[machine]):
            yield machine, CALLS, function


def _to_bury(worker: str, config: Properties) -> Iterator[tuple[str, str, str]]:
    if after_failure(config):
        yield worker, SENDS, after_failure(config)


def name_everything(wiring: Wiring) -> Iterator[Finding]:
    for kind in (FUNCTION, MACHINE):
        for owner, _ in wiring.of(kind):
            for statement in statements(wiring, role_of(wiring, owner)):
                if statement["Effect"] == "Allow":
                    yield from _stars(owner, statement)


def _stars(owner: str, statement: Properties) -> Iterator[Finding]:
    for action in listed(statement["Action"]):
        if "*" in action:
            yield Finding(owner, f"may {action}: name each action that it uses.", action)
        if "*" in listed(statement["Resource"]):
            yield Finding(owner, f"may {action} anywhere: name the resource.", action)
