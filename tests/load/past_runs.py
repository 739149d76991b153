"""The folders of earlier runs: whose traces are still in the shop, and taking those back."""

import shutil
from pathlib import Path

from msgspec.json import decode, encode

from app.customers.models import customer_of, hashed
from infra.ops.deployed_stack import Deployed
from infra.ops.stack_rules import call_rules
from tests.load.cleanup import Cleaned
from tests.load.plan import read_plan
from tests.load.recorder import read_notes


def clean_up(shop: Deployed, runs: Path) -> Cleaned:
    """What is found by its tag alone goes too, should a run's folder be lost."""
    folders = [it.parent for it in sorted(runs.glob("*/plan.json"))]
    visitors = sorted({visitor for folder in folders for visitor in _visitors(folder)})
    answer = call_rules(shop, "tests.load.cleanup", encode(visitors))
    cleaned = decode(answer, type=Cleaned)
    if shop.cloud:
        shop.cloud.home.note_taken_back(cleaned.orders)
    for folder in () if cleaned.left else folders:
        shutil.rmtree(folder)
    return cleaned


def _visitors(folder: Path) -> set[str]:
    customers = read_plan(folder).customers
    signed_in = {hashed(it.token) for it in customers} | {customer_of(it.email) for it in customers}
    came = read_notes(folder).visitors if (folder / "notes.jsonl").exists() else ()
    return signed_in | {it.visitor for it in came}
