"""Delete the data of earlier runs from the shop, and then the folders of these runs."""

import shutil
from pathlib import Path

from msgspec.json import decode, encode

from app.customers.models import customer_id, visitor_id_of
from infra.ops.app_process import run_app_module
from infra.ops.deployed_stack import DeployedStack
from tests.load.cleanup import CleanupResult
from tests.load.plan import read_plan
from tests.load.recorder import FILE_NAME, read_recording


def clean_up(shop: DeployedStack, runs: Path) -> CleanupResult:
    """Orders are found by their tag, even if the folder of their run is lost."""
    folders = [path.parent for path in sorted(runs.glob("*/plan.json"))]
    visitors = sorted({visitor for folder in folders for visitor in _visitor_ids(folder)})
    output = run_app_module(shop, "tests.load.cleanup", encode(visitors))
    result = decode(output, type=CleanupResult)
    if shop.cloud:
        shop.cloud.state_dir.record_undone_orders(result.orders)
    for folder in () if result.left else folders:
        shutil.rmtree(folder)
    return result


def _visitor_ids(folder: Path) -> set[str]:
    customers = read_plan(folder).customers
    sessions = {visitor_id_of(customer.token) for customer in customers}
    accounts = {customer_id(customer.email) for customer in customers}
    recorded = read_recording(folder).visitors if (folder / FILE_NAME).exists() else ()
    return sessions | accounts | {record.visitor for record in recorded}
