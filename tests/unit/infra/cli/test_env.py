"""`shop env` configures AWS tools for the running local cloud."""

import os
import subprocess
import sys

from infra.cli.env import shell_lines
from infra.local.cloud import LocalCloud

LIST_QUEUES = (
    "import boto3; print(boto3.client('sqs').list_queues()['ResponseMetadata']['HTTPStatusCode'])"
)


def test_printed_lines_configure_aws_tools_in_a_shell(cloud: LocalCloud) -> None:
    lines = "\n".join(shell_lines(cloud.env))
    left_over = {"AWS_SESSION_TOKEN": "of an AWS account", "AWS_PROFILE": "work"}

    listed = subprocess.run(
        ["/bin/sh", "-c", f'{lines}\nexec "$0" -c "$1"', sys.executable, LIST_QUEUES],
        env=os.environ | left_over,
        capture_output=True,
        text=True,
        check=False,
    )

    assert listed.stdout.strip() == "200", listed.stderr


def test_values_are_quoted_for_the_shell() -> None:
    lines = list(shell_lines({"AWS_SECRET_ACCESS_KEY": "a b$c'd"}))

    assert lines[-1] == "export AWS_SECRET_ACCESS_KEY='a b$c'\"'\"'d'"
