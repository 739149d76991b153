"""`shop debug` on the deployed shop: real events, the role's permissions, pdb on standard input."""

import json
import subprocess

from infra.build.bundles import ROOT
from infra.local.debugging.session import debug_command
from tests.fake_clouds import DeployedShop
from tests.integration.journeys.order_polling import place_test_order, wait_for_status


def debug(shop: DeployedShop, function: str, event: str, commands: str = "") -> str:
    """What the process prints to standard output; ``commands`` are typed into pdb."""
    command = debug_command(shop.cloud, function, event, stops=bool(commands))
    completed = subprocess.run(
        command.arguments,
        cwd=ROOT,
        env=command.environment,
        input=commands,
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


def test_debugged_step_answers_what_the_order_needs_next(shop: DeployedShop) -> None:
    order = wait_for_status(place_test_order(), "shipped")

    assert json.loads(debug(shop, "charge", order.order_id))["next"] == "done"


def test_debugged_consumer_stops_with_the_events_of_an_order(shop: DeployedShop) -> None:
    order = wait_for_status(place_test_order(), "shipped")

    shown = debug(shop, "email", order.order_id, "p len(event['Records'])\nc\n")

    assert "workers/email.py" in shown
    assert "(Pdb) 3\n" in shown
    assert '"batchItemFailures": []' in shown


def test_debugged_handler_has_no_more_permissions_than_its_role(shop: DeployedShop) -> None:
    client = "__import__('boto3').client('dynamodb')"
    scan = f"{client}.scan(TableName='hearth-and-clay-orders')"
    order = wait_for_status(place_test_order(), "shipped")

    shown = debug(shop, "charge", order.order_id, f"p {scan}\nc\n")

    assert "AccessDeniedException" in shown
