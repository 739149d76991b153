"""A small template that keeps every rule, with a line changed."""

from pathlib import Path

from infra.local.packaging import definitions, read
from tests.template_lint import RULES, Finding, Source, check
from tests.template_lint.policy_statements import Call
from tests.template_lint.rules import Catalogue

TABLE = "arn:aws:dynamodb:eu-central-1:000000000000:table/hearth-and-clay-orders"
SEEN = frozenset(
    {
        Call("Shop", "dynamodb:PutItem", TABLE),
        Call("Publish", "sns:Publish", "arn:aws:sns:eu-central-1:000000000000:OrderEventsTopic"),
        Call("Cutter", "s3:PutObject", "arn:aws:s3:::uploads/cut/jar"),
        Call(
            "Rescuer",
            "states:StartExecution",
            "arn:aws:states:eu-central-1:000000000000:stateMachine:Workflow",
        ),
    }
)
ALL_BUT_ALARMS = [it for it in RULES if it.name != "W14"]  # they are looked at in our own template
HERE = Path(__file__).parent
TEMPLATE, WORKFLOW = "small.yaml", "small.asl.yaml"


def a_row(kind: str) -> dict[str, object]:
    return {"eventName": "INSERT", "dynamodb": {"NewImage": {"kind": {"S": kind}}}}


ONE_EVENT = Catalogue(
    published=frozenset({"order_placed"}),
    wanted={"workers.email.handler": frozenset({"order_placed"})},
    event_row=a_row("event"),
    other_row=a_row("order"),
)


def found_in(folder: Path, changes: dict[str, str]) -> list[Finding]:
    """What is found once these texts, each of which stands there, are replaced."""
    left = dict(changes)
    for name in (TEMPLATE, WORKFLOW):
        text = (HERE / name).read_text()
        for old in [it for it in left if it in text]:
            text = text.replace(old, left.pop(old), 1)
        (folder / name).write_text(text)
    assert not left, f"nowhere: {left}"
    template = read(folder / TEMPLATE)
    source = Source(template, definitions(template, folder), ONE_EVENT, seen=SEEN)
    return check(source, ALL_BUT_ALARMS)
