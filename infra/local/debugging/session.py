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
from infra.local.functions import function_with_name
from infra.local.iam_decisions import DEBUG_SESSION

MODULE = "infra.local.debugging.handler_process"


@dataclass(frozen=True)
class Command:
    """A process to start in the repository's folder."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]


def debug_command(cloud: LocalCloud, part: str, event: str, *, stops: bool) -> Command:
    """The process that calls a function's handler once, with the working tree's code.

    Its role is enforced: a missing permission fails as it does in the function. A debugged call has
    the effects of any other invocation. If it ``stops``, pdb reads from standard input.
    """
    function = function_with_name(cloud, part)
    handler, environment = function["Handler"], function["Environment"]["Variables"]
    made = make_event(cloud, handler, environment, event)
    return Command(
        (sys.executable, "-m", MODULE, handler, function["FunctionName"]),
        {
            **os.environ,
            **cloud.env,
            **environment,
            **_credentials(cloud, function["Role"]),
            "AWS_LAMBDA_FUNCTION_NAME": function["FunctionName"],
            EVENT: json.dumps(made),
            STOPS: "yes" if stops else "",
        },
    )


def _credentials(cloud: LocalCloud, role: str) -> dict[str, str]:
    answer: Any = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName=DEBUG_SESSION)
    credentials = answer["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }
