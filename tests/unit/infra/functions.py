"""Create a small Lambda function, or a small state machine, on a local cloud."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from io import BytesIO
from typing import Any

from ulid import ULID

from infra.local.cloud import LocalCloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}
PERMISSIONS = {
    "Statement": [{"Effect": "Allow", "Action": ["dynamodb:*", "logs:*"], "Resource": "*"}]
}


def a_function(cloud: LocalCloud, code: str, *, name: str = "") -> str:
    """Returns the function's name; the code defines ``handler``."""
    name = name or f"function-{ULID()}"
    bundle = BytesIO()
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("code.py", code)
    cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=_a_role(cloud, name),
        Handler="code.handler",
        Code={"ZipFile": bundle.getvalue()},
    )
    return name


# It waits for as many seconds as its input says.
WAITING = {
    "QueryLanguage": "JSONata",
    "StartAt": "Begin",
    "States": {
        "Begin": {"Type": "Pass", "Output": {"note": "<b>begun</b>"}, "Next": "Pause"},
        "Pause": {
            "Type": "Wait",
            "Seconds": "{% $states.context.Execution.Input.wait %}",
            "Next": "End",
        },
        "End": {"Type": "Succeed"},
    },
}


@contextmanager
def state_machine(cloud: LocalCloud, definition: dict[str, Any]) -> Iterator[str]:
    """The ARN of a state machine that exists inside the block."""
    client, name = cloud.client("stepfunctions"), f"machine-{ULID()}"
    machine = client.create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=_a_role(cloud, name)
    )
    yield machine["stateMachineArn"]
    client.delete_state_machine(stateMachineArn=machine["stateMachineArn"])


def waiting_state_machine(cloud: LocalCloud) -> AbstractContextManager[str]:
    return state_machine(cloud, WAITING)


def start_waiting(cloud: LocalCloud, machine: str, *, wait: int = 600) -> str:
    """Start an execution, which is named like the run of an order. Returns its name."""
    name = str(ULID())
    cloud.client("stepfunctions").start_execution(
        stateMachineArn=machine, name=name, input=json.dumps({"wait": wait})
    )
    return name


def _a_role(cloud: LocalCloud, name: str) -> str:
    iam = cloud.client("iam")
    policy = json.dumps(TRUST)
    role: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=name, PolicyName="permissions", PolicyDocument=json.dumps(PERMISSIONS)
    )
    return role
