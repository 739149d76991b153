"""Deploy the template and the static files to AWS, in an order in which every page finds its files.

A repeat after any interruption continues: each step finds out what is done already.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from infra.aws.change_sets import (
    create_change_set,
    discard,
    execute,
    explain_continuation,
)
from infra.aws.stack_states import NEW, read_state, require_deployable
from infra.aws.static_files import delete_old_versions, upload_static_files
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import Interrupted, UserError

NOTHING_CHANGED = "Nothing was deployed. Repeat the command."
CHANGE_SET_LEFT = (
    "Nothing was deployed; a change set may be left, which does no harm. Repeat the command."
)
FILES_LEFT = "The stack is deployed, but its static files or checks are left. Repeat the command."


@dataclass(frozen=True)
class Deployment:
    """``create`` makes a change set, ``confirm`` asks whether to execute it."""

    stack: DeployedStack
    create: Callable[[], None]
    confirm: Callable[[], bool]
    report: Callable[[str], None]


def deploy(deployment: Deployment) -> None:
    """Create or update the stack and upload its static files.

    Pages link to files of their own version, so on an update the files are uploaded first. A new
    stack has no bucket before it is deployed. Raises ``UserError`` for a state that CloudFormation
    cannot change, a change set that is not confirmed, a failed resource, and after Ctrl-C.
    """
    stack = deployment.stack
    with explained_interrupt(NOTHING_CHANGED):
        state = read_state(stack)
        require_deployable(state, stack.stack_name)
        uploaded = "" if state in NEW else upload(stack, deployment.report)
    with explained_interrupt(CHANGE_SET_LEFT):
        change_set = create_change_set(stack, deployment.create)
        if change_set and not deployment.confirm():
            discard(stack, change_set)
            raise UserError(NOTHING_CHANGED)
    if change_set:
        with explained_interrupt(explain_continuation(stack.stack_name)):
            deployment.report("CloudFormation changes the stack, which takes some minutes.")
            execute(stack, change_set)
    with explained_interrupt(FILES_LEFT):
        if static_bucket(stack) != uploaded:
            upload(stack, deployment.report)


def static_bucket(stack: DeployedStack) -> str:
    """Empty for a stack with a ``ProxyUrl``, whose proxy serves static files."""
    return stack.outputs().get("StaticBucket", "")


def upload(stack: DeployedStack, report: Callable[[str], None]) -> str:
    """Upload the static files, if the stack has a bucket for them, and return its name.

    Versions that were replaced more than a day ago are deleted. A repeat changes nothing.
    """
    if bucket := static_bucket(stack):
        s3 = stack.client("s3")
        version, number = upload_static_files(s3, bucket)
        old = len(delete_old_versions(s3, bucket, version, now=datetime.now(UTC)))
        report(f"Uploaded {number} static files of version {version}; deleted {old} old versions.")
    return bucket


@contextmanager
def explained_interrupt(words: str) -> Iterator[None]:
    """Turn Ctrl-C into an error that says what it leaves."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"Interrupted. {words}") from None
