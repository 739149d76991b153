"""`shop aws` with a stack that is missing, half-made or half-deleted, and in another region."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
import typer
from botocore.stub import Stubber

from infra.aws.demo_catalog import seed_stack
from infra.aws.stack_advice import ADVICE, advise
from infra.aws.stack_states import require_running
from infra.cli.aws import down, upload_static
from infra.cli.aws_checks import diff, preflight
from infra.cli.aws_status import print_status
from infra.cli.terminal import ask
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

HALF_MADE = (
    *("REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_FAILED"),
    *("ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"),
    *("DELETE_IN_PROGRESS", "DELETE_FAILED"),
)
type InState = Callable[[str], DeployedStack]


@pytest.fixture
def in_state() -> Iterator[InState]:
    """A stack of which CloudFormation says its state, again and again."""
    client: Any = boto3.client("cloudformation", region_name="eu-central-1")
    stubber = Stubber(client)

    def answer(state: str) -> DeployedStack:
        now = datetime(2026, 11, 29, tzinfo=UTC)
        for _ in range(3):
            if state:
                stack = {"StackName": "shop", "StackStatus": state, "CreationTime": now}
                stubber.add_response("describe_stacks", {"Stacks": [stack]})
            else:
                words = "Stack with id shop does not exist"
                stubber.add_client_error("describe_stacks", "ValidationError", words)
        return DeployedStack(lambda _: client, "shop")

    with stubber:
        yield answer


@pytest.mark.parametrize("state", HALF_MADE)
def test_half_made_stack_is_no_shop(in_state: InState, state: str) -> None:
    with pytest.raises(UserError) as raised:
        require_running(in_state(state))

    assert str(raised.value) == f"shop is in the state {state}. {advise(state, 'shop')}"


@pytest.mark.parametrize(
    "state", ["CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED"]
)
def test_stack_that_is_updated_is_a_shop(in_state: InState, state: str) -> None:
    require_running(in_state(state))


def test_missing_stack_is_named_with_its_region(in_state: InState) -> None:
    with pytest.raises(UserError, match=r"There is no stack shop in eu-central-1\."):
        require_running(in_state(""))


def run_diff(_: DeployedStack) -> None:
    diff(stack="shop")


def run_upload_static(_: DeployedStack) -> None:
    upload_static("shop")


def run_seed(stack: DeployedStack) -> None:
    seed_stack(stack, print)


@pytest.mark.parametrize("command", [run_diff, run_upload_static, run_seed])
def test_command_refuses_a_half_made_stack(
    in_state: InState, monkeypatch: pytest.MonkeyPatch, command: Callable[[DeployedStack], None]
) -> None:
    """`shop aws diff` once answered that a stack without resources can be updated."""
    stack = in_state("ROLLBACK_COMPLETE")
    monkeypatch.setattr(DeployedStack, "on_aws", lambda _: stack)

    with pytest.raises(UserError, match="state ROLLBACK_COMPLETE"):
        command(stack)


def test_diff_refuses_a_stack_whose_rollback_failed(
    in_state: InState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It once answered that every change can be deployed, which `shop aws up` then refused."""
    stack = in_state("UPDATE_ROLLBACK_FAILED")
    monkeypatch.setattr(DeployedStack, "on_aws", lambda _: stack)

    with pytest.raises(UserError, match="continue-update-rollback"):
        diff(stack="shop")


def test_preflight_refuses_a_stack_that_cannot_be_updated(
    in_state: InState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deployment would fail, but preflight once looked at the account only."""
    stack = in_state("ROLLBACK_COMPLETE")
    monkeypatch.setattr(DeployedStack, "on_aws", lambda _: stack)
    monkeypatch.setattr("infra.cli.aws_checks.check_account", lambda *_: None)

    with pytest.raises(UserError, match="run `shop aws down --stack shop`"):
        preflight("orders@shop.com", "shop")


def test_status_of_a_missing_stack_is_an_error_in_words(in_state: InState) -> None:
    with pytest.raises(UserError, match="There is no stack shop in"):
        print_status(in_state(""))


def test_status_says_what_to_do_in_each_state_that_needs_it() -> None:
    assert advise("CREATE_COMPLETE", "shop") == ""
    assert "continue-update-rollback --stack-name shop" in advise("UPDATE_ROLLBACK_FAILED", "shop")
    assert "shop aws status --stack shop" in advise("CREATE_IN_PROGRESS", "shop")


@pytest.mark.parametrize("state", [it for it in ADVICE if "`shop aws up`" in ADVICE[it]])
def test_advice_to_repeat_the_deployment_does_not_name_another_stack(state: str) -> None:
    """Without its options, `shop aws up` deploys the stack of the default stage."""
    assert "`shop aws up` with the same options" in advise(state, "shop")


@pytest.mark.parametrize("region", ["eu-north-1", "mars-1", "eu central"])
def test_region_without_the_shops_services_is_refused_before_aws_is_called(
    monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)

    with pytest.raises(UserError, match=f"^{region} is no region, or lacks a service"):
        DeployedStack.on_aws("shop")


def test_ctrl_c_at_a_question_is_ctrl_c() -> None:
    """Typer has an error of its own for it, of which only "Aborted." was left."""

    def press_ctrl_c() -> bool:
        raise typer.Abort

    with pytest.raises(KeyboardInterrupt):
        ask(press_ctrl_c)


def test_deletion_that_no_one_can_confirm_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)

    with pytest.raises(UserError, match="use --yes"):
        down("shop")


def test_ctrl_c_while_buckets_are_emptied_says_that_the_stack_exists(
    in_state: InState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It once answered that CloudFormation continues, before CloudFormation was called."""
    stack = in_state("REVIEW_IN_PROGRESS")
    monkeypatch.setattr(DeployedStack, "on_aws", lambda _: stack)

    def press_ctrl_c(_: DeployedStack) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("infra.cli.aws.empty_buckets", press_ctrl_c)

    with pytest.raises(UserError, match="Some objects may be deleted, but not the stack"):
        down("shop", yes=True)
