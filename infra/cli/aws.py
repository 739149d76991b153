"""`shop aws`: commands about a stack on AWS."""

from typing import Annotated

import typer

from infra.aws.deletion_checks import require_deletable
from infra.aws.demo_catalog import seed_stack
from infra.aws.deployment import explained_interrupt, upload
from infra.aws.leftovers import (
    delete_left_buckets,
    delete_left_log_groups,
    how_to_delete,
    remaining_resources,
    wait_until_gone,
    was_deleted,
)
from infra.aws.s3_objects import empty_buckets
from infra.aws.stack_states import MISSING, require_exists, require_running
from infra.aws.teardown import CONTINUES, delete_stack
from infra.cli.aws_checks import TEMPLATE, Name, diff, preflight
from infra.cli.aws_load import load, test
from infra.cli.aws_status import print_status
from infra.cli.aws_up import up
from infra.cli.terminal import Progress, ask, out, require_terminal
from infra.local.packaging import read_template
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
QUESTION = "All data will be lost. Type the stack's name"
EMPTYING = "Some objects may be deleted, but not the stack. Repeat the command, which continues."
REPEAT = "Repeat the command to look again."

aws = typer.Typer(help="Check, update and inspect a stack on AWS.", no_args_is_help=True)
aws.command()(preflight)
aws.command()(diff)
aws.command()(up)
aws.command()(load)
aws.command()(test)


@aws.command()
def upload_static(stack: Name) -> None:
    """Upload styles, scripts and images: before an update, and after the first deployment.

    Browsers may cache them forever, since each version has a path of its own. Versions that were
    replaced more than a day ago are deleted. Repeat it as often as you like.
    """
    deployed = DeployedStack.on_aws(stack)
    require_running(deployed)
    if not upload(deployed, out.print):
        raise UserError(
            f"{stack} has no bucket for static files: it has a ProxyUrl, and its proxy serves them."
        )


@aws.command()
def seed(stack: Name) -> None:
    """Load the demo catalog into a stack: 19 products, their stock and images, and a discount code.

    Needs credentials that may write the stack's tables and its upload bucket. Existing products
    stay unchanged; repeat it if it was interrupted.
    """
    words = "Some products may be missing. Repeat the command, which continues."
    with explained_interrupt(words), Progress().display() as progress:
        progress.step("Seeding the catalog")
        seed_stack(DeployedStack.on_aws(stack), report=progress.detail)


@aws.command()
def status(stack: Name) -> None:
    """Print the stack's state, addresses, alarms in ALARM, and messages in dead-letter queues."""
    print_status(DeployedStack.on_aws(stack))


@aws.command()
def down(stack: Name, *, yes: Yes = False) -> None:
    """Delete a demo stack with all its orders, products and images.

    Refuses a stack whose tables are protected, as in production. Empties the buckets, deletes the
    stack, and proves by its tag that nothing is left; otherwise it names what is. Repeat it if it
    was interrupted.
    """
    if not yes:
        require_terminal("the deletion")
    deployed = DeployedStack.on_aws(stack)
    with explained_interrupt("Nothing was deleted."):
        state = require_deletable(deployed)
        if state == MISSING and not was_deleted(deployed) and not remaining_resources(deployed):
            require_exists(deployed)
        if not yes and not ask(lambda: typer.prompt(QUESTION) == stack):
            raise UserError("Nothing was deleted.")
    if state != MISSING:
        with explained_interrupt(EMPTYING):
            out.print(f"Deleted {empty_buckets(deployed)} objects. Deleting takes some minutes.")
        with explained_interrupt(CONTINUES):
            delete_stack(deployed)
    with explained_interrupt(f"The stack is deleted, but something may be left. {REPEAT}"):
        _delete_rest(deployed)


def _delete_rest(stack: DeployedStack) -> None:
    """Delete what a deleted stack left. Raises ``UserError`` with what still carries its tag."""
    buckets = delete_left_buckets(stack)
    for name in [*buckets, *delete_left_log_groups(stack, read_template(TEMPLATE))]:
        out.print(f"Deleted {name}, which the stack left.")
    if left := wait_until_gone(stack):
        lines = [how_to_delete(it) for it in left]
        raise UserError("\n".join(["The stack is deleted, but this is left:", *lines, REPEAT]))
    out.print("Nothing is left.")
