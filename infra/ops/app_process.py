"""Run application code against a deployed stack: a process with the web function's environment."""

import os
import subprocess
import sys

from infra.build.bundles import ROOT
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError

WEB_HANDLER = "app.lambda_handler.handler"


def run_app_module(shop: DeployedStack, module: str, payload: bytes) -> bytes:
    """Run a module with ``payload`` as standard input; returns its standard output.

    It uses the credentials of this machine, and the settings of the deployed web function. Raises
    ``UserError`` with the last line of its standard error if it fails.
    """
    completed = subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env=os.environ | (shop.cloud.env if shop.cloud else {}) | _web_environment(shop),
        input=payload,
        capture_output=True,
        check=False,
    )
    if completed.returncode:
        last_line = (completed.stderr.decode().splitlines() or ["no output"])[-1]
        raise UserError(f"{module}: {last_line}")
    return completed.stdout


def _web_environment(shop: DeployedStack) -> dict[str, str]:
    client = shop.client("lambda")
    for name in shop.resources("AWS::Lambda::Function").values():
        function = client.get_function_configuration(FunctionName=name)
        if function["Handler"] == WEB_HANDLER:
            return dict(function["Environment"]["Variables"])
    raise UserError(f"The stack {shop.stack_name} has no function with the handler {WEB_HANDLER}.")
