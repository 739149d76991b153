"""Call the shop's rules where they are deployed: a process with its environment and our rights."""

import os
import subprocess
import sys

from infra.build.bundles import ROOT
from infra.ops.deployed_stack import Deployed
from infra.user_error import Trouble

WEB = "app.lambda_handler.handler"


def call_rules(shop: Deployed, module: str, told: bytes) -> bytes:
    """What the module answers; each reads its wish from the standard input."""
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env=os.environ | (shop.cloud.env if shop.cloud else {}) | _environment(shop),
        input=told,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise Trouble(f"{module}: {(done.stderr.decode().splitlines() or ['?'])[-1]}")
    return done.stdout


def _environment(shop: Deployed) -> dict[str, str]:
    functions = shop.client("lambda")
    for name in shop.resources("AWS::Lambda::Function").values():
        found = functions.get_function_configuration(FunctionName=name)
        if found["Handler"] == WEB:
            return dict(found["Environment"]["Variables"])
    raise Trouble(f"The stack {shop.stack} has no function that is entered at {WEB}.")
