"""One chaos run: deploy a shop, place orders while processes are killed, then during outages.

Then wait until the shop settles, without any help by an operator.
"""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from app.verification import RecordedResponse, Snapshot
from infra.local.cloud import LocalCloud
from infra.local.deploy import deploy
from infra.local.faults.injector import FaultInjector
from infra.local.ports import find_free_port
from infra.local.reconciler_trigger import trigger_reconciliation
from infra.local.seed import best_stocked_skus, seed
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError
from tests.chaos.buyers import place_orders
from tests.chaos.killer import Killer, ProxyProcess
from tests.chaos.outages import CompressedDay
from tests.chaos.recovery import allow_duplicate_emails, list_dlq_messages, read_settled_snapshot

FAST_PARAMETERS = {"PackingSeconds": "5", "StuckAfterSeconds": "30", "RestartDelaySeconds": "1"}
SKUS = 10  # the best-stocked ones, so that none sells out
RESTART_AFTER_SECONDS = 30  # by then orders are being placed

type ReportProgress = Callable[[str], None]


@dataclass(frozen=True)
class ChaosResult:
    """How many processes of each kind were killed, and the data once the shop settled."""

    killed: Counter[str]
    snapshot: Snapshot
    dlq_messages: list[str]
    settled_after: float  # seconds, from the end of the last outage


def run_chaos(state_folder: Path, orders: int, report_progress: ReportProgress) -> ChaosResult:
    """Stops every process that it started, whether it succeeds or fails."""
    cloud = LocalCloud(state_folder, find_free_port(), find_free_port(), persistent=True)
    report_progress("Deploying a shop")
    cloud.start()
    try:
        outputs = deploy(cloud, FAST_PARAMETERS).outputs
        report_progress("Seeding the catalog")
        seed(cloud)
        proxy = ProxyProcess(cloud, outputs["ApiId"], outputs["MediaBucket"])
        proxy.start()
        try:
            return _place_orders_under_faults(cloud, proxy, orders, report_progress)
        finally:
            proxy.kill()
    finally:
        cloud.stop()


def _place_orders_under_faults(
    cloud: LocalCloud, proxy: ProxyProcess, orders: int, report_progress: ReportProgress
) -> ChaosResult:
    killer = Killer(cloud, proxy)
    report_progress(f"Placing {orders} orders while processes are killed")
    with killer.running(), ThreadPoolExecutor(1) as pool:
        restart = pool.submit(_restart_cloud, cloud, killer)
        skus = best_stocked_skus()[:SKUS]
        responses = place_orders(cloud.shop_url, skus, orders, killer.record_progress)
        restart.result()
    responses += _place_orders_during_outages(cloud, orders, report_progress)
    report_progress("Waiting until the shop settles")
    shop, since = DeployedStack.on_local_cloud(cloud), time.monotonic()
    snapshot = replace(allow_duplicate_emails(read_settled_snapshot(shop)), responses=responses)
    killed = killer.killed + Counter({"local cloud": 1})
    return ChaosResult(killed, snapshot, list_dlq_messages(shop), time.monotonic() - since)


def _place_orders_during_outages(
    cloud: LocalCloud, orders: int, report_progress: ReportProgress
) -> list[RecordedResponse]:
    skus, day = best_stocked_skus()[:SKUS], CompressedDay()
    report_progress(f"Placing {orders} orders during a day of outages")
    with ThreadPoolExecutor(1) as pool:
        outages = pool.submit(day.inject, FaultInjector(cloud), report_progress)
        responses = place_orders(cloud.shop_url, skus, orders, wait_for_turn=day.wait_for_order)
        outages.result()
    return responses


def _restart_cloud(cloud: LocalCloud, killer: Killer) -> None:
    """Stop the emulator without a kill, since it saves its state at exit."""
    time.sleep(RESTART_AFTER_SECONDS)
    killer.kill_processes(proxy=True)
    cloud.stop()
    if not cloud.start():
        raise UserError("The local cloud lost its state in the restart.")
    deploy(cloud, FAST_PARAMETERS)
    trigger_reconciliation(cloud)
