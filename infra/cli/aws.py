"""`shop aws`: commands about a stack on AWS."""

from typing import Annotated

import typer

from infra.aws.demo_catalog import seed_stack
from infra.aws.deployment import explained_interrupt, upload
from infra.aws.teardown import (
    delete_stack,
    empty_buckets,
    remaining_resources,
    require_deletable,
)
from infra.cli.aws_checks import Name, diff, preflight, print_status
from infra.cli.aws_load import load, test
from infra.cli.aws_up import up
from infra.cli.terminal import Progress, out
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

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
    if not upload(DeployedStack.on_aws(stack), out.print):
        raise UserError(
            f"{stack} has no bucket for static files: it is not complete (see `shop aws status`), "
            "or it has a ProxyUrl, and its proxy serves them."
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
    stack, and names what is left. Repeat it if it was interrupted.
    """
    deployed = DeployedStack.on_aws(stack)
    require_deletable(deployed)
    if not yes and typer.prompt("All data will be lost. Type the stack's name") != stack:
        raise UserError("Nothing was deleted.")
    words = (
        "CloudFormation continues to delete what it has begun. Repeat the command, which continues."
    )
    with explained_interrupt(words):
        out.print(f"Deleted {empty_buckets(deployed)} objects. Deleting the stack takes minutes.")
        delete_stack(deployed)
    left = remaining_resources(deployed)
    out.print("Nothing is left." if not left else "\n".join(["Left for now:", *left]))
