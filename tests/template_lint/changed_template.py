"""Lint a small template that passes every rule, with some of its lines changed."""

from pathlib import Path

from infra.local.packaging import read_template, state_machine_definitions
from tests.template_lint import RULES, Finding, Source, check
from tests.template_lint.event_catalog import EventCatalog
from tests.template_lint.policy_statements import Call

TABLE = "arn:aws:dynamodb:eu-central-1:000000000000:table/hearth-and-clay-orders"
RECORDED_CALLS = frozenset(
    {
        Call("Web", "dynamodb:PutItem", TABLE),
        Call("Publish", "sns:Publish", "arn:aws:sns:eu-central-1:000000000000:OrderEventsTopic"),
        Call("Thumbnails", "s3:PutObject", "arn:aws:s3:::uploads/thumbnails/jar"),
        Call(
            "Reconciler",
            "states:StartExecution",
            "arn:aws:states:eu-central-1:000000000000:stateMachine:Workflow",
        ),
    }
)
RULES_WITHOUT_ALARMS = [it for it in RULES if it.name != "W14"]  # tested with the real template
HERE = Path(__file__).parent
TEMPLATE, WORKFLOW = "small.yaml", "small.asl.yaml"


def a_stream_record(kind: str) -> dict[str, object]:
    return {"eventName": "INSERT", "dynamodb": {"NewImage": {"kind": {"S": kind}}}}


EVENTS = EventCatalog(
    published=frozenset({"order_placed"}),
    consumed={"workers.email.handler": frozenset({"order_placed"})},
    event_row=a_stream_record("event"),
    other_row=a_stream_record("order"),
)


def lint_changed_template(folder: Path, changes: dict[str, str]) -> list[Finding]:
    """Return the findings after these replacements, each of which must apply to one text."""
    remaining = dict(changes)
    for name in (TEMPLATE, WORKFLOW):
        text = (HERE / name).read_text()
        for old in [it for it in remaining if it in text]:
            text = text.replace(old, remaining.pop(old), 1)
        (folder / name).write_text(text)
    assert not remaining, f"not found: {remaining}"
    template = read_template(folder / TEMPLATE)
    source = Source(
        template, state_machine_definitions(template, folder), EVENTS, recorded_calls=RECORDED_CALLS
    )
    return check(source, RULES_WITHOUT_ALARMS)
