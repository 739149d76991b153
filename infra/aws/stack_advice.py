"""What to do with a stack in each state of CloudFormation, before the next deployment."""

from collections.abc import Mapping

UPDATABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")
IN_PROGRESS = "_IN_PROGRESS"


_DELETE_AND_REPEAT = (
    "It holds no data and can only be deleted: run `shop aws down --stack {name}`, then "
    "`shop aws up` with the same options. "
    "The stack's events in CloudFormation name the resource that failed."
)
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
ADVICE: Mapping[str, str] = {
    "CREATE_FAILED": _DELETE_AND_REPEAT,
    "ROLLBACK_COMPLETE": _DELETE_AND_REPEAT,
    "ROLLBACK_FAILED": _DELETE_AND_REPEAT,
    "DELETE_IN_PROGRESS": (
        "It is being deleted. `shop aws down --stack {name}` waits for the end and names what is "
        "left."
    ),
    "REVIEW_IN_PROGRESS": (
        "Only a change set of it exists, which was never executed: run `shop aws up` with the same "
        "options, or `shop aws down --stack {name}`."
    ),
    "DELETE_FAILED": "Run `shop aws down --stack {name}` again: the rest is still there.",
    "UPDATE_FAILED": (
        "Run `aws cloudformation rollback-stack --stack-name {name}`, wait until its state is "
        "UPDATE_ROLLBACK_COMPLETE, then `shop aws up` with the same options."
    ),
    "UPDATE_ROLLBACK_FAILED": (
        "The stack's events in CloudFormation name the resource that could not go back. Repair it, "
        "run `aws cloudformation continue-update-rollback --stack-name {name}`, wait until the "
        "state is UPDATE_ROLLBACK_COMPLETE, then `shop aws up` with the same options. Orders "
        "continue meanwhile."
    ),
}


def advise(state: str, name: str) -> str:
    """What to do with a stack in this state; empty if it can be used and updated."""
    if state in UPDATABLE:
        return ""
    if state.endswith(IN_PROGRESS) and state not in ADVICE:
        return (
            "Another deployment is running. Wait until it has ended (`shop aws status --stack "
            f"{name}`), then repeat."
        )
    return ADVICE.get(state, "See its events in CloudFormation.").format(name=name)
