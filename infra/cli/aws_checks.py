"""`shop aws preflight` and `shop aws diff`: checks before a deployment and before an update."""

from typing import Annotated

import boto3
import typer
from botocore.exceptions import NoRegionError

from infra.aws.preflight import run_checks
from infra.aws.released import (
    Snapshot,
    read_deployed,
    read_released,
    take_snapshot,
    write_released,
)
from infra.aws.stack_states import MISSING, read_state, require_deployable, require_running
from infra.aws.update_check import find_problems
from infra.build.bundles import ROOT
from infra.cli.aws_status import print_dns_records
from infra.cli.terminal import out
from infra.local.packaging import read_template
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

TEMPLATE = ROOT / "infra/template.yaml"
MARKS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "refused": "[red]✗[/]"}
Record = Annotated[bool, typer.Option("--record", help="Record the template as released.")]
DeployedName = Annotated[str, typer.Option("--stack", help="A stack instead of the last release.")]
Name = Annotated[str, typer.Option("--stack", help="Name of the stack.")]
Sender = Annotated[str, typer.Option("--mail-from", help="The parameter MailFrom.")]


def preflight(mail_from: Sender, stack: Name = "hearth-and-clay") -> None:
    """Check the account and the region before a deployment.

    Reads only: region, credentials, names, the quota of Lambda, whether SES may send, and the
    stack's state. Exits with 1 if a deployment would fail. Prints the DNS records of a deployed
    stack's sender.
    """
    check_account(stack, mail_from)
    deployed = DeployedStack.on_aws(stack)
    if (state := read_state(deployed)) != MISSING:
        print_dns_records(deployed.outputs())
    require_deployable(state, stack)


def check_account(stack_name: str, mail_from: str) -> None:
    """Print each check. Raises ``UserError`` if a deployment would fail."""
    session = boto3.Session()
    if not session.region_name:  # STS would answer without one
        raise NoRegionError
    checks = run_checks(
        session.client, region=session.region_name, stack_name=stack_name, mail_from=mail_from
    )
    refused = False
    for check in checks:
        out.print(f"{MARKS[check.state]} {check.words}", soft_wrap=True)
        refused |= check.state == "refused"
    if refused:
        raise UserError("A deployment would fail: see the lines above.")


def diff(*, stack: DeployedName = "", record: Record = False) -> None:
    """Compare the template with the last release or a deployed stack, before an update.

    Finds what CloudFormation cannot update in place: changed keys and indexes of tables, new names,
    and removed resources that hold data. Exits with 1 if there is any. Run it with `--record` after
    a release.
    """
    if record:
        template = read_template(TEMPLATE)
        write_released(template)
        out.print(f"Recorded {len(take_snapshot(template))} resources as released.")
        return
    check_update(_read_running(stack) if stack else read_released())
    out.print(f"Every change since {stack or 'the last release'} can be deployed as an update.")


def _read_running(stack_name: str) -> Snapshot:
    """Raises ``UserError`` for a stack that cannot be updated, whatever the template."""
    stack = DeployedStack.on_aws(stack_name)
    require_deployable(require_running(stack), stack_name)
    return read_deployed(stack)


def check_update(old: Snapshot) -> None:
    """Raise ``UserError`` with each change that cannot be deployed as an update."""
    if problems := find_problems(old, read_template(TEMPLATE)):
        raise UserError("\n".join([*problems, "The template cannot be deployed as an update."]))
