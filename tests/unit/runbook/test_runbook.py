"""Every command, query and name of the runbook is one that AWS, the template or the code knows."""

import ast
import json
import re
from collections.abc import Iterator

import pytest
from botocore.exceptions import ParamValidationError

from app.observability.logs import log
from infra.build.bundles import ROOT
from infra.local.packaging import read_template
from tests.printed_figures import PrintFigure
from tests.template_lint.resolver import Resolver
from tests.unit.runbook.aws_cli import CUSTOM_COMMANDS, AwsCommand, WrongCommand, read_command
from tests.unit.runbook.document import Query, commands, names, queries, read_runbook

TEMPLATE = read_template(ROOT / "infra/template.yaml")
RESOURCES = Resolver(TEMPLATE, {"AWS::StackName": "STACK", "Stage": "production"}).resources()
NAME_PROPERTIES = (
    *("FunctionName", "LogGroupName", "QueueName", "TableName", "TopicName", "BucketName", "Name"),
)
# Names that a procedure creates itself.
NEW_NAMES = {"STACK-waf", "STACK-orders-restored", "STACK-deploy"}
VALUES = {
    "TIME": "2026-01-31T12:00:00Z",
    "ACCOUNT": "000000000000",
    "REGION": "eu-central-1",
    "UUID": "4c3b8a9e-3f0c-4f0b-9a57-7a8c1a0f2e11",
    "ARN": "arn:aws:dynamodb:eu-central-1:000000000000:table/STACK-orders/backup/01",
}
# Lines that no function writes itself, but Lambda does.
LINES_OF_LAMBDA = {"Task timed out", "ERROR"}


def known_names() -> set[str]:
    named = {
        str(it["Properties"][name])
        for it in RESOURCES.values()
        for name in NAME_PROPERTIES
        if name in it["Properties"]
    }
    return named | NEW_NAMES


def test_names_with_the_stacks_name_are_in_the_template(print_figure: PrintFigure) -> None:
    print_figure(f"{len(names())} names")

    assert len(names()) > 15
    assert names() - known_names() == set()


@pytest.mark.parametrize("command", commands("aws"))
def test_command_of_the_aws_cli_fits_the_service_model(command: str) -> None:
    assert isinstance(read_command(command, VALUES), AwsCommand)


@pytest.mark.parametrize(
    "wrong",
    [
        "aws lamda invoke --function-name STACK-web out",
        "aws lambda call --function-name STACK-web out",
        "aws lambda invoke --function STACK-web out",
        "aws lambda invoke --payload '{}' out",
        "aws lambda put-function-concurrency --function-name STACK-web",
        "aws dynamodb update-table --table-name STACK-orders --stream-specification Stream=true",
        "aws stepfunctions list-executions --status-filter BROKEN --state-machine-arn ARN",
        "aws cloudformation deploy --template infra/waf.yaml",
    ],
)
def test_wrong_command_of_the_aws_cli_is_found(wrong: str) -> None:
    with pytest.raises((WrongCommand, ParamValidationError)):
        read_command(wrong, VALUES)


def log_lines() -> Iterator[str]:
    """The first argument of each log call; a part that differs between calls as a space or more."""
    folders = ("app", "workers", "workflow")
    for path in (it for folder in folders for it in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "log",
                "log_error",
                "write",
            ):
                yield from _texts(node)


def _texts(call: ast.Call) -> Iterator[str]:
    for node in call.args[:1]:
        if isinstance(node, ast.Constant):
            yield str(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts = (it.value if isinstance(it, ast.Constant) else "{}" for it in node.values)
            yield "".join(map(str, parts))


def is_logged(text: str) -> bool:
    patterns = (re.escape(it).replace(r"\{\}", r"[a-z]+") for it in log_lines())
    return any(re.fullmatch(it, text) for it in patterns)


def wrong_parts(query: Query) -> Iterator[str]:
    """What of a query would find nothing, or is no command of CloudWatch Logs Insights."""
    if query.log_group not in known_names():
        yield f"log group {query.log_group}"
    for stage in query.stages:
        if not re.fullmatch(
            r"fields @timestamp, @message|filter @message like /[^/]+/|sort @timestamp (asc|desc)"
            r"|limit \d+",
            stage,
        ):
            yield stage
    for line in query.pattern.split("|"):
        is_placeholder = re.fullmatch(r"[A-Z]+", line)
        if not (is_placeholder or line in LINES_OF_LAMBDA or is_logged(line)):
            yield f"line {line}"


def test_runbook_has_a_query_wherever_it_looks_into_a_log(print_figure: PrintFigure) -> None:
    print_figure(f"{len(queries())} queries")

    assert len(queries()) >= 10
    assert all(query.text in " ".join(read_runbook().split()) for query in queries())


@pytest.mark.parametrize("query", queries(), ids=lambda it: f"{it.log_group} {it.pattern}")
def test_query_reads_a_log_group_of_the_template_for_a_line_that_is_logged(query: Query) -> None:
    assert list(wrong_parts(query)) == []


@pytest.mark.parametrize(
    ("log_group", "text"),
    [
        ("/aws/lambda/STACK-emails", "filter @message like /email failed/"),
        ("/aws/lambda/STACK-email", "filter @message like /email has failed/"),
        ("/aws/lambda/STACK-email", "filter @message like /email failed/ | sort @timestamp"),
        ("/aws/lambda/STACK-email", "fields @time, @message | filter @message like /ERROR/"),
    ],
)
def test_wrong_query_is_found(log_group: str, text: str) -> None:
    assert list(wrong_parts(Query(log_group, text)))


def test_line_of_a_log_contains_its_message_as_the_queries_expect_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log("webhook_rejected", reason="mismatch")

    line = capsys.readouterr().err
    assert "webhook_rejected" in line
    assert json.loads(line)["reason"] == "mismatch"


def test_quoted_widget_is_on_the_dashboard() -> None:
    dashboard = json.loads(RESOURCES["Dashboard"]["Properties"]["DashboardBody"])
    titles = {it["properties"]["title"] for it in dashboard["widgets"]}
    quoted = re.findall(r"[Dd]ashboard's\s+\"([^\"]+)\"", read_runbook())

    assert quoted
    assert set(quoted) <= titles


def test_options_of_the_sam_cli_exist() -> None:
    """As `sam deploy --help` of version 1.170 lists them."""
    known = {"guided", "template-file", "config-env", "stack-name", "parameter-overrides"}

    for command in commands("sam"):
        assert command.startswith("sam deploy"), command
        assert set(re.findall(r"--([a-z-]+)", command)) <= known


def test_custom_commands_of_the_aws_cli_are_used() -> None:
    used = {tuple(it.split()[1:3]) for it in commands("aws")}

    assert CUSTOM_COMMANDS.keys() <= used
