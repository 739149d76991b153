"""A process with the environment and the permissions of one deployed function."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.cloud import LocalCloud
from infra.local.debugging.events import make_event
from infra.local.debugging.handler_process import EVENT, STOPS
from infra.local.stack import STACK_NAME, Stack
from infra.user_error import UserError

MODULE = "infra.local.debugging.handler_process"


@dataclass(frozen=True)
class DeployedFunction:
    name: str
    handler: str
    role: str
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Command:
    """A process to start in the repository's folder."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]


def find_function_by_part(cloud: LocalCloud, part: str) -> DeployedFunction:
    """The function whose name contains ``part``. Raises ``UserError`` unless there is just one."""
    functions = Stack(cloud.client("cloudformation")).resources("AWS::Lambda::Function")
    named = [it for it in functions.values() if it.endswith(f"-{part}")]  # exactly, if there is one
    found = named or [it for it in functions.values() if part in it.removeprefix(f"{STACK_NAME}-")]
    if len(found) != 1:
        known = ", ".join(sorted(it.removeprefix(f"{STACK_NAME}-") for it in functions.values()))
        raise UserError(f"{len(found)} functions match {part!r}. Choose one of {known}.")
    it = cloud.client("lambda").get_function_configuration(FunctionName=found[0])
    return DeployedFunction(
        it["FunctionName"], it["Handler"], it["Role"], it["Environment"]["Variables"]
    )


def debug_command(cloud: LocalCloud, part: str, event: str, *, stops: bool) -> Command:
    """The process that calls a function's handler once, with the working tree's code.

    Its role is enforced: a missing permission fails as it does in the function. A debugged call has
    the effects of any other invocation. If it ``stops``, pdb reads from standard input.
    """
    function = find_function_by_part(cloud, part)
    made = make_event(cloud, function.handler, function.environment, event)
    return Command(
        (sys.executable, "-m", MODULE, function.handler, function.name),
        {
            **os.environ,
            **cloud.env,
            **function.environment,
            **_role_credentials(cloud, function),
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            EVENT: json.dumps(made),
            STOPS: "yes" if stops else "",
        },
    )


def _role_credentials(cloud: LocalCloud, function: DeployedFunction) -> dict[str, str]:
    answer: Any = cloud.client("sts").assume_role(
        RoleArn=function.role, RoleSessionName=f"debug-{function.name}"[:64]
    )
    credentials = answer["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }
