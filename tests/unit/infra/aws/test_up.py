"""`shop aws up`: order of the steps, change sets, states of a stack, and Ctrl-C in each step."""

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from ulid import ULID

from infra.aws import sam_cli
from infra.aws.change_sets import execute, pending_change_sets
from infra.aws.deployment import Deployment, deploy
from infra.aws.released import read_deployed
from infra.aws.sam_cli import deploy_arguments, install_sam, parameter_file
from infra.aws.stack_advice import ADVICE
from infra.aws.stack_states import MISSING, read_state, require_deployable
from infra.aws.stages import read_pairs, read_stage, require_parameters
from infra.aws.update_check import find_problems
from infra.build.bundles import ROOT
from infra.cli.aws_up import up
from infra.local.cloud import LocalCloud
from infra.local.packaging import read_template
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

TEMPLATE = read_template(ROOT / "infra/template.yaml")
# As `sam deploy --help` of version 1.170 lists them.
SAM_OPTIONS = {
    *("--no-execute-changeset", "--no-confirm-changeset", "--no-fail-on-empty-changeset"),
    *("--no-progressbar", "--config-file", "--config-env", "--template-file", "--stack-name"),
    *("--tags", "--parameter-overrides"),
}


@dataclass
class Operator:
    """What a person at the terminal does, and reads."""

    confirms: bool = True
    presses_ctrl_c_in: str = ""
    read: list[str] = field(default_factory=list)

    def at(self, step: str) -> None:
        if step == self.presses_ctrl_c_in:
            raise KeyboardInterrupt

    def confirm(self) -> bool:
        self.at("confirm")
        return self.confirms

    def report(self, words: str) -> None:
        self.read.append(words.partition(" ")[0])
        self.at(self.read[-1])


class SmallShop:
    """A stack with a bucket for static files, on the local cloud; a release changes ``topics``."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.stack = DeployedStack(cloud.client, f"up-{str(ULID()).lower()}")
        self.topics = 1

    def create_change_set(self) -> None:
        """What `sam deploy --no-execute-changeset` does at its end."""
        name = self.stack.stack_name
        bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{name}-static"}}
        topics = {f"Topic{it}": {"Type": "AWS::SNS::Topic"} for it in range(self.topics)}
        body = {
            "Resources": {"StaticBucket": bucket, **topics},
            "Outputs": {"StaticBucket": {"Value": {"Ref": "StaticBucket"}}},
        }
        is_new = read_state(self.stack) in (MISSING, "REVIEW_IN_PROGRESS")
        self.stack.client("cloudformation").create_change_set(
            StackName=name,
            ChangeSetName=f"samcli-deploy-{ULID()}",
            ChangeSetType="CREATE" if is_new else "UPDATE",
            TemplateBody=json.dumps(body),
        )

    def up(self, operator: Operator) -> None:
        def create() -> None:
            operator.at("create")
            self.create_change_set()

        deploy(Deployment(self.stack, create, operator.confirm, operator.report))

    def files(self) -> list[str]:
        bucket = f"{self.stack.stack_name}-static"
        listed = self.stack.client("s3").list_objects_v2(Bucket=bucket)
        return [it["Key"] for it in listed.get("Contents", [])]


@pytest.fixture
def small_shop(tables_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> SmallShop:
    monkeypatch.setattr("infra.aws.change_sets.WAIT", {"Delay": 1, "MaxAttempts": 30})
    return SmallShop(tables_cloud)


def test_new_stack_is_deployed_and_then_gets_its_files(small_shop: SmallShop) -> None:
    operator = Operator()

    small_shop.up(operator)

    assert operator.read == ["CloudFormation", "Uploaded"]
    assert read_state(small_shop.stack) == "CREATE_COMPLETE"
    assert small_shop.files()


def test_update_uploads_the_files_before_pages_link_to_them(small_shop: SmallShop) -> None:
    small_shop.up(Operator())
    small_shop.topics, operator = 2, Operator()

    small_shop.up(operator)

    assert operator.read == ["Uploaded", "CloudFormation"]
    assert read_state(small_shop.stack) == "UPDATE_COMPLETE"


def test_update_is_compared_with_what_is_deployed(small_shop: SmallShop) -> None:
    small_shop.up(Operator())

    deployed = read_deployed(small_shop.stack)

    assert set(deployed) == {"StaticBucket", "Topic0"}
    renamed = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "another"}}
    (problem,) = find_problems(deployed, {"Resources": {"StaticBucket": renamed}})
    assert "creates a new one without its objects" in problem


@pytest.mark.parametrize("is_new", [True, False])
def test_declined_change_set_changes_nothing_and_is_deleted(
    small_shop: SmallShop, *, is_new: bool
) -> None:
    if not is_new:
        small_shop.up(Operator())
        small_shop.topics = 2

    with pytest.raises(UserError, match="Nothing was deployed"):
        small_shop.up(Operator(confirms=False))

    assert read_state(small_shop.stack) in (
        (MISSING, "DELETE_COMPLETE") if is_new else ("CREATE_COMPLETE",)
    )
    assert pending_change_sets(small_shop.stack) == {}


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("create", "Nothing was deployed; a change set may be left"),
        ("confirm", "Nothing was deployed; a change set may be left"),
        ("CloudFormation", "CloudFormation continues without this command"),
        ("Uploaded", "its static files or checks are left"),
    ],
)
def test_ctrl_c_says_what_it_leaves_and_a_repeat_completes_the_stack(
    small_shop: SmallShop, step: str, words: str
) -> None:
    with pytest.raises(UserError, match=f"Interrupted. .*{words}"):
        small_shop.up(Operator(presses_ctrl_c_in=step))

    small_shop.up(Operator())

    assert read_state(small_shop.stack) == "CREATE_COMPLETE"
    assert small_shop.files()


@pytest.mark.parametrize(
    "state", ["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", MISSING]
)
def test_usable_state_is_deployable(state: str) -> None:
    require_deployable(state, "shop")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("ROLLBACK_COMPLETE", "run `shop aws down --stack shop`, then `shop aws up`"),
        ("ROLLBACK_FAILED", "run `shop aws down --stack shop`, then `shop aws up`"),
        ("CREATE_FAILED", "run `shop aws down --stack shop`, then `shop aws up`"),
        ("DELETE_FAILED", "Run `shop aws down --stack shop` again"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name shop"),
        ("UPDATE_FAILED", "rollback-stack --stack-name shop"),
        ("UPDATE_IN_PROGRESS", "Another deployment is running"),
        ("DELETE_IN_PROGRESS", "It is being deleted. `shop aws down --stack shop`"),
        ("A_NEW_STATE", "See its events in CloudFormation"),
    ],
)
def test_half_made_stack_says_what_to_do(state: str, words: str) -> None:
    with pytest.raises(UserError, match=f"shop is in the state {state}. *") as raised:
        require_deployable(state, "shop")

    assert words in str(raised.value)


def test_advice_covers_every_failed_state_of_cloudformation() -> None:
    model = boto3.client("cloudformation", region_name="eu-central-1").meta.service_model
    states = model.shape_for("StackStatus").enum
    failed = {it for it in states if it.endswith("_FAILED") and not it.startswith("IMPORT")}

    others = {"ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "DELETE_IN_PROGRESS"}
    assert failed | others == set(ADVICE)


@pytest.fixture
def cloudformation() -> Iterator[tuple[Any, Stubber]]:
    client: Any = boto3.client("cloudformation", region_name="eu-central-1")
    with Stubber(client) as stubber:
        yield client, stubber


def test_failed_deployment_names_the_first_resource_of_this_run(
    cloudformation: tuple[Any, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, stubber = cloudformation
    monkeypatch.setattr("infra.aws.change_sets.WAIT", {"Delay": 0, "MaxAttempts": 1})
    now = "2026-11-29T00:00:00Z"

    def described(state: str) -> None:
        stack = {"StackName": "shop", "StackStatus": state, "CreationTime": now}
        stubber.add_response("describe_stacks", {"Stacks": [stack]})

    def event(name: str, status: str, reason: str = "") -> dict[str, Any]:
        kind = "AWS::CloudFormation::Stack" if name == "shop" else "AWS::SQS::Queue"
        return {
            "StackId": "s",
            "EventId": "e",
            "StackName": "shop",
            "Timestamp": now,
            "LogicalResourceId": name,
            "ResourceType": kind,
            "ResourceStatus": status,
            "ResourceStatusReason": reason,
        }

    described("UPDATE_COMPLETE")
    stubber.add_response("execute_change_set", {}, {"ChangeSetName": "arn:of:a:change-set"})
    described("UPDATE_ROLLBACK_FAILED")
    described("UPDATE_ROLLBACK_FAILED")
    newest_first = [
        event("Topic", "UPDATE_FAILED", "Resource update cancelled"),
        event("EmailQueue", "UPDATE_FAILED", "Its policy is invalid."),
        event("shop", "UPDATE_IN_PROGRESS", "User Initiated"),
        event("OldQueue", "UPDATE_FAILED", "of an earlier run"),
    ]
    # A page has 100 events, and the rollback alone writes two for each resource.
    stubber.add_response(
        "describe_stack_events", {"StackEvents": newest_first[:1], "NextToken": "page-2"}
    )
    stubber.add_response(
        "describe_stack_events",
        {"StackEvents": newest_first[1:], "NextToken": "of-earlier-runs"},
        {"StackName": "shop", "NextToken": "page-2"},
    )

    with pytest.raises(UserError) as raised:
        execute(DeployedStack(lambda _: client, "shop"), "arn:of:a:change-set")

    assert "failed at EmailQueue (AWS::SQS::Queue): Its policy is invalid." in str(raised.value)
    assert "continue-update-rollback" in str(raised.value)


def test_stage_gives_name_and_parameters() -> None:
    assert read_stage("production").parameters == {"Stage": "production"}
    assert read_stage("default").stack_name == "hearth-and-clay"
    with pytest.raises(UserError, match="Choose from default"):
        read_stage("prod")


def test_parameters_are_checked_before_anything_takes_minutes() -> None:
    complete = {"MailFrom": "a@b.de", "OwnerEmails": "a@b.de"}

    require_parameters(TEMPLATE, complete, {})
    require_parameters(TEMPLATE, {"Stage": "demo"}, complete)
    with pytest.raises(UserError, match=r"Add --set OwnerEmails=\.\.\. --set MailFrom"):
        require_parameters(TEMPLATE, {}, {})
    with pytest.raises(UserError, match="no parameter MailForm"):
        require_parameters(TEMPLATE, {**complete, "MailForm": "a@b.de"}, {})
    with pytest.raises(UserError, match="write it as Name=value"):
        read_pairs(["MailFrom"])
    assert read_pairs(["OwnerEmails=a@b.de, c+d=e@f.de"]) == {"OwnerEmails": "a@b.de, c+d=e@f.de"}


def test_options_of_the_sam_cli_exist() -> None:
    arguments = deploy_arguments(read_stage("default"), "shop", Path("/tmp/parameters.yaml"))
    options = {it for it in arguments if it.startswith("--")}

    assert options == SAM_OPTIONS
    assert "Shop=shop" in arguments  # by which the budget counts


def test_parameters_are_in_a_file_that_others_cannot_read() -> None:
    with parameter_file({"LoadTestKey": "a secret", "OwnerEmails": "a@b.de, c@d.de"}) as path:
        assert json.loads(path.read_text())["OwnerEmails"] == "a@b.de, c@d.de"
        assert path.stat().st_mode & 0o077 == 0
    assert not path.exists()


def installer(folder: Path, commands: list[list[str]]) -> Callable[[list[str]], int]:
    def run(command: list[str]) -> int:
        commands.append(command)
        (folder / "bin").mkdir(parents=True, exist_ok=True)
        (folder / "bin/sam").touch()
        return 0

    return run


def test_sam_cli_is_installed_once_with_pinned_hashes(tmp_path: Path) -> None:
    folder, commands = tmp_path / "sam-cli", list[list[str]]()
    run = installer(folder, commands)

    assert install_sam(run, folder) == folder / "bin/sam"
    install_sam(run, folder)

    assert len(commands) == 2
    assert "--require-hashes" in commands[1]
    pins = tmp_path / "newer.txt"
    pins.write_text("aws-sam-cli==2.0.0")
    install_sam(run, folder, pins)
    assert len(commands) == 4


def test_sam_cli_of_a_folder_that_was_moved_is_installed_again(tmp_path: Path) -> None:
    folder, commands = tmp_path / "clone/sam-cli", list[list[str]]()
    install_sam(installer(folder, commands), folder)
    moved = (tmp_path / "clone").rename(tmp_path / "moved") / "sam-cli"

    install_sam(installer(moved, commands), moved)

    assert len(commands) == 4


def test_ctrl_c_after_the_bundles_are_staged_says_that_nothing_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def press_ctrl_c(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("infra.cli.aws_up._check", lambda *_: None)
    monkeypatch.setattr("infra.cli.aws_up.install_sam", lambda _: tmp_path / "sam")
    monkeypatch.setattr("infra.cli.aws_up.staged_bundles", lambda _: nullcontext({"web": tmp_path}))
    monkeypatch.setattr("infra.cli.aws_up.name_release", press_ctrl_c)

    with pytest.raises(UserError, match=r"Interrupted\. Nothing was deployed"):
        up(yes=True)


def test_interrupted_installation_of_the_sam_cli_begins_again(tmp_path: Path) -> None:
    folder, commands = tmp_path / "sam-cli", list[list[str]]()

    def interrupted(command: list[str]) -> int:
        installer(folder, commands)(command)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install_sam(interrupted, folder)
    install_sam(installer(folder, commands), folder)

    assert len(commands) == 3
    with pytest.raises(UserError, match="package index"):
        install_sam(lambda _: 1, tmp_path / "elsewhere")


def test_sam_cli_has_the_version_of_the_lock_file() -> None:
    (pinned,) = [
        line.split()[0]
        for line in sam_cli.REQUIREMENTS.read_text().splitlines()
        if line.startswith("aws-sam-cli==")
    ]

    assert f'"{pinned}"' in (ROOT / "pyproject.toml").read_text()
