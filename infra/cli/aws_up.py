"""`shop aws up`: deploy to AWS, as a new stack or as an update."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Annotated

import typer

from infra.aws.deployment import NOTHING_CHANGED, Deployment, deploy, explained_interrupt
from infra.aws.release import name_release
from infra.aws.released import read_deployed
from infra.aws.sam_cli import deploy_arguments, install_sam, parameter_file, run_command
from infra.aws.stack_states import NEW, read_state, require_deployable
from infra.aws.stages import (
    StageConfig,
    present_parameters,
    read_pairs,
    read_stage,
    require_parameters,
)
from infra.build.bundles import staged_bundles
from infra.build.wheels import AWS
from infra.cli.aws_checks import TEMPLATE, check_account, check_update
from infra.cli.aws_status import print_status
from infra.cli.smoke import check_url
from infra.cli.terminal import Progress, ask, out, require_terminal
from infra.local.packaging import read_template
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

Stage = Annotated[
    str, typer.Option("--config-env", help="A stage of infra/samconfig.toml; default: a demo.")
]
StackName = Annotated[str, typer.Option("--stack", help="Another name than the stage's own.")]
Parameters = Annotated[
    list[str] | None, typer.Option("--set", help="A parameter of the template, as Name=value.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Execute the change set at once.")]

FIRST_ANSWER_SECONDS = 600  # until a new distribution of CloudFront answers


def up(
    *,
    config_env: Stage = "default",
    parameters: Parameters = None,
    stack: StackName = "",
    yes: Yes = False,
) -> None:
    """Deploy the working tree to AWS: a new stack, or an update of one.

    Checks the account, stages the bundles, uploads static files, shows the change set, executes it
    and checks the shop. The first run installs the SAM CLI. Parameters that are not set keep their
    values. Repeat it if it was interrupted.
    """
    if not yes:
        require_terminal("the change set")
    stage, given = read_stage(config_env), read_pairs(parameters or ())
    deployed = DeployedStack.on_aws(stack or stage.stack_name)
    with explained_interrupt(NOTHING_CHANGED):
        _check(deployed, stage, given)
    _deploy(deployed, stage, given, yes=yes)
    print_status(deployed)
    url = deployed.outputs()["BaseUrl"]
    out.print(f"Checking {url}, which may take {FIRST_ANSWER_SECONDS // 60} minutes to answer.")
    with explained_interrupt(f"The stack is deployed. Check it with `shop smoke --url {url}`."):
        check_url(url, wait_seconds=FIRST_ANSWER_SECONDS)


def _check(deployed: DeployedStack, stage: StageConfig, given: Mapping[str, str]) -> None:
    """Raise ``UserError`` for what would fail later, before anything takes minutes."""
    state = read_state(deployed)
    require_deployable(state, deployed.stack_name)
    is_new = state in NEW
    present = {} if is_new else present_parameters(deployed)
    require_parameters(read_template(TEMPLATE), {**stage.parameters, **given}, present)
    check_account(deployed.stack_name, {**present, **given}["MailFrom"])
    if not is_new:
        check_update(read_deployed(deployed))


def _deploy(
    deployed: DeployedStack, stage: StageConfig, given: Mapping[str, str], *, yes: bool
) -> None:
    # On an update of the stage, the file's parameters are sent again, so that both agree.
    parameters = {**stage.parameters, **given}
    with ExitStack() as until_deployed:
        with explained_interrupt(NOTHING_CHANGED), Progress().display() as progress:
            progress.step("Installing the SAM CLI")
            sam = install_sam(run_command)
            progress.step("Staging the bundles")
            bundles = until_deployed.enter_context(staged_bundles(AWS))
            release = {"Release": name_release(bundles["web"], parameters)}
            file = until_deployed.enter_context(parameter_file({**release, **parameters}))

        def create() -> None:
            if run_command([str(sam), *deploy_arguments(stage, deployed.stack_name, file)]):
                raise UserError("The SAM CLI could not create a change set: see its lines above.")

        def confirm() -> bool:
            return yes or ask(lambda: typer.confirm("Execute this change set?"))

        deploy(Deployment(deployed, create, confirm, out.print))
