"""`shop aws`: commands about a stack on AWS."""

from typing import Annotated

import typer

from infra.aws.update_check import find_problems, read_released, take_snapshot, write_released
from infra.build.bundles import ROOT
from infra.cli.terminal import out
from infra.local.packaging import read_template
from infra.user_error import UserError

TEMPLATE = ROOT / "infra/template.yaml"
Record = Annotated[bool, typer.Option("--record", help="Record the template as released.")]

aws = typer.Typer(help="Check and inspect a stack on AWS.", no_args_is_help=True)


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
