"""One load run: prepare data, generate load, wait until the shop settles, verify the data."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
from msgspec.json import decode, encode

from app.verification import (
    RecordedResponse,
    Snapshot,
    check_invariants,
    check_running,
    check_settled,
    is_open,
)
from infra.ops.app_process import run_app_module
from infra.ops.deployed_stack import DeployedStack
from infra.ops.verification_data import read_stable_snapshot
from infra.user_error import UserError
from tests.chaos.recovery import allow_duplicate_emails, list_dlq_messages, read_settled_snapshot
from tests.load.assertions import RunResult
from tests.load.faults import injected_faults
from tests.load.generator import generate
from tests.load.options import LoadOptions
from tests.load.plan import CatalogItem, Plan
from tests.load.preparation import LoadFixture, Preparation
from tests.load.recorder import Recording, read_recording
from tests.load.tags import new_run_id
from tests.load.throttles import count_throttles

MAX_ITEMS = 10  # number of variants that visitors buy
UNITS_PER_ITEM = 20_000  # received per variant, so that only the flash item sells out
CUSTOMERS = 40
QUEUE_DRAIN_SECONDS = SNAPSHOT_TIMEOUT = 120  # on AWS
NO_LOAD_TEST_KEY = (
    "The stack limits how much one network orders: deploy it with the parameter LoadTestKey (32 or"
    " more random letters and digits), and without it again after the load test."
)
MAX_PRICE_CENTS = 30_000  # a more expensive order may need a manual review

type ReportProgress = Callable[[str], None]


@dataclass(frozen=True)
class RunSettings:
    """How a run is executed: its folder, Locust's page, the flash item's stock, and the faults.

    ``kills_functions`` allows duplicate emails, since a worker can crash between sending an email
    and recording it.
    """

    folder: Path
    headless: bool = True
    page_port: int = 8089
    flash_units: int = 0
    flash_shards: int = 0
    faults: tuple[str, ...] = ()
    kills_functions: bool = False

    @classmethod
    def from_options(cls, options: LoadOptions, folder: Path, *, headless: bool) -> "RunSettings":
        return cls(
            folder,
            headless=headless,
            page_port=options.page_port,
            flash_units=options.flash,
            flash_shards=options.shards,
            faults=options.fault_names,
            kills_functions=options.kills_functions,
        )


def find_items(url: str) -> tuple[list[CatalogItem], list[CatalogItem]]:
    """Return the variants in stock (at most ``MAX_ITEMS``) and the sold-out ones."""
    in_stock, sold_out = list[CatalogItem](), list[CatalogItem]()
    for product in _list_products(url):
        for variant in product["variants"]:
            if variant["price"] <= MAX_PRICE_CENTS:
                items = sold_out if variant["availability"] == "sold_out" else in_stock
                items.append(CatalogItem(variant["sku"], product["slug"]))
    return in_stock[:MAX_ITEMS], sold_out


def _list_products(url: str) -> Iterator[dict[str, Any]]:
    """All products, page by page."""
    with httpx.Client(base_url=url, timeout=30) as client:
        cursor: str | None = ""
        while cursor is not None:
            response = client.get("/api/products", params={"limit": 100, "cursor": cursor})
            page = response.raise_for_status().json()
            yield from page["products"]
            cursor = page["next"]


def make_plan(shop: DeployedStack, options: LoadOptions) -> Plan:
    url = shop.cloud.shop_url if shop.cloud else shop.outputs()["BaseUrl"]
    in_stock, sold_out = find_items(url)
    if not in_stock:
        raise UserError("No product is in stock: add some with `shop seed`.")
    return Plan(
        run_id=new_run_id(),
        url=url,
        seconds=options.seconds,
        users=0 if options.arrivals else options.users,
        arrivals=options.arrivals,
        ramp=options.ramp,
        think=options.think,
        items=tuple(in_stock),
        flash_item=(sold_out or in_stock)[0] if options.flash else None,
    )


def run_load(
    shop: DeployedStack, settings: RunSettings, plan: Plan, report_progress: ReportProgress
) -> RunResult:
    report_progress("Receiving stock, signing customers in")
    plan = _prepare(shop, settings, plan)
    dlq_messages_before = _count_dlq_messages(shop)
    page = f"http://localhost:{settings.page_port} is Locust's page"
    report_progress("Generating load" if settings.headless else page)
    started = datetime.now(UTC)
    with injected_faults(shop, settings.faults):
        generate(settings.folder, plan, headless=settings.headless, page_port=settings.page_port)
    recording = read_recording(settings.folder)
    report_progress("Waiting until the shop settles")
    snapshot = replace(_wait_for_snapshot(shop), responses=recorded_responses(recording))
    snapshot = allow_duplicate_emails(snapshot) if settings.kills_functions else snapshot
    dlq_messages = max(0, _count_dlq_messages(shop) - dlq_messages_before)
    result = verify_run(recording, snapshot, dlq_messages)
    return replace(result, throttled_invocations=count_throttles(shop, started))


def _wait_for_snapshot(shop: DeployedStack) -> Snapshot:
    """On AWS packing takes half an hour, so orders are still open there when the data is read."""
    if shop.cloud is not None:
        return read_settled_snapshot(shop)
    time.sleep(QUEUE_DRAIN_SECONDS)
    snapshot = read_stable_snapshot(shop, timeout=SNAPSHOT_TIMEOUT)
    if snapshot is None:
        raise UserError("The data keeps changing: run `shop verify` when the load is lower.")
    return snapshot


def verify_run(recording: Recording, snapshot: Snapshot, dlq_messages: int) -> RunResult:
    """All rules if every order is closed; on AWS orders are still packed when a run ends."""
    settled = not any(map(is_open, snapshot.orders_by_id.values()))
    violations = (
        [*check_invariants(snapshot), *check_settled(snapshot)]
        if settled
        else check_running(snapshot, now=datetime.now(UTC))
    )
    return RunResult(recording, snapshot, violations, dlq_messages)


def recorded_responses(recording: Recording) -> list[RecordedResponse]:
    """The shop's answers to visitors, which the consistency check compares with the data."""
    return [
        RecordedResponse(
            record.action,
            record.form,
            "accepted" if record.accepted else "refused",
            record.order_id,
        )
        for record in recording.actions
    ]


def _prepare(shop: DeployedStack, settings: RunSettings, plan: Plan) -> Plan:
    units = dict.fromkeys((item.sku for item in plan.items), UNITS_PER_ITEM)
    if plan.flash_item and settings.flash_units:
        units[plan.flash_item.sku] = settings.flash_units
    fixture = LoadFixture(plan.run_id, units, CUSTOMERS)
    output = run_app_module(shop, "tests.load.preparation", encode(fixture))
    if plan.flash_item and settings.flash_shards:
        arguments = encode((plan.flash_item.sku, settings.flash_shards))
        run_app_module(shop, "infra.ops.reshard", arguments)
    prepared = decode(output, type=Preparation)
    if not prepared.load_test_header:
        raise UserError(NO_LOAD_TEST_KEY)
    return msgspec.structs.replace(
        plan, customers=prepared.customers, load_test_header=prepared.load_test_header
    )


def _count_dlq_messages(shop: DeployedStack) -> int:
    return sum(int(line.split()[0]) for line in list_dlq_messages(shop))
