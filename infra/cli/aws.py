"""`shop aws`: commands about a stack on AWS."""

from datetime import UTC, datetime
from typing import Annotated

import boto3
import typer
from botocore.exceptions import NoRegionError

from infra.aws.preflight import run_checks
from infra.aws.released import read_released, take_snapshot, write_released
from infra.aws.static_files import delete_old_versions, upload_static_files
from infra.aws.status import read_status
from infra.aws.update_check import find_problems
from infra.build.bundles import ROOT
from infra.cli.terminal import out
from infra.local.packaging import read_template
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

TEMPLATE = ROOT / "infra/template.yaml"
MARKS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "refused": "[red]✗[/]"}
Record = Annotated[bool, typer.Option("--record", help="Record the template as released.")]
Name = Annotated[str, typer.Option("--stack", help="Name of the stack.")]
Sender = Annotated[str, typer.Option("--mail-from", help="The parameter MailFrom.")]

aws = typer.Typer(help="Check, update and inspect a stack on AWS.", no_args_is_help=True)


@aws.command()
def preflight(mail_from: Sender, stack: Name = "hearth-and-clay") -> None:
    """Check the account and the region before a deployment.

    Reads only: region, credentials, names, the quota of Lambda, and whether SES may send. Exits
    with 1 if a deployment would fail.
    """
    session = boto3.Session()
    if not session.region_name:  # STS would answer without one
        raise NoRegionError
    checks = run_checks(
        session.client, region=session.region_name, stack_name=stack, mail_from=mail_from
    )
    refused = False
    for check in checks:
        out.print(f"{MARKS[check.state]} {check.words}", soft_wrap=True)
        refused |= check.state == "refused"
    if refused:
        raise UserError("A deployment would fail: see the lines above.")


@aws.command()
def diff(*, record: Record = False) -> None:
    """Compare the template with the last release, before an update.

    Finds what CloudFormation cannot update in place: changed keys and indexes of tables, new names,
    and removed resources that hold data. Exits with 1 if there is any. Run it with `--record` after
    a release.
    """
    template = read_template(TEMPLATE)
    if record:
        write_released(template)
        out.print(f"Recorded {len(take_snapshot(template))} resources as released.")
        return
    if problems := find_problems(read_released(), template):
        raise UserError("\n".join([*problems, "The template cannot be deployed as an update."]))
    out.print("Every change since the last release can be deployed as an update.")


@aws.command()
def upload_static(stack: Name) -> None:
    """Upload styles, scripts and images: before an update, and after the first deployment.

    Browsers may cache them forever, since each version has a path of its own. Versions that were
    replaced more than a day ago are deleted. Repeat it as often as you like.
    """
    deployed = DeployedStack.on_aws(stack)
    bucket = deployed.outputs().get("StaticBucket")
    if bucket is None:
        raise UserError(f"{stack} has a ProxyUrl, so its proxy serves the static files.")
    s3 = deployed.client("s3")
    version, number = upload_static_files(s3, bucket)
    deleted = delete_old_versions(s3, bucket, version, now=datetime.now(UTC))
    out.print(f"Uploaded {number} files of version {version}; deleted {len(deleted)} old versions.")


@aws.command()
def status(stack: Name) -> None:
    """Print the stack's state, addresses, alarms in ALARM, and messages in dead-letter queues."""
    state = read_status(DeployedStack.on_aws(stack))
    out.print(f"{stack}: {state.status}")
    for name, value in sorted(state.outputs.items()):
        out.print(f"  {name}: {value}", soft_wrap=True)
    out.print(f"In ALARM: {', '.join(state.alarms) or 'none'}")
    held = [f"{name} {number}" for name, number in state.dead_letters.items() if number]
    out.print(f"Dead letters: {', '.join(held) or 'none'}")
