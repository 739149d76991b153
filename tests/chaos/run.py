"""A shop of its own, in which people buy, everything dies, and calm returns."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from app.verification import Books
from infra.local.cloud import LocalCloud
from infra.local.deploy import deploy
from infra.local.ports import any_free
from infra.local.reconciler_trigger import reconcile_everything
from infra.local.seed import plentiful_skus, seed
from infra.ops.deployed_stack import Deployed
from infra.user_error import Trouble
from tests.chaos.buyers import all_buy
from tests.chaos.killer import Door, Killer
from tests.chaos.recovery import dead_letters, forgiving, settled_books

QUICK = {"PackingSeconds": "5", "StuckAfterSeconds": "30", "RestartDelaySeconds": "1"}
SKUS = 10  # of which there are pieces enough
BEFORE_THE_RESTART = 30  # seconds; by then people are in the middle of it

type ReportProgress = Callable[[str], None]


@dataclass(frozen=True)
class Ordeal:
    """What was killed, and the books at the end of it."""

    killed: Counter[str]
    books: Books
    dead_letters: list[str]


def endure(home: Path, orders: int, report_progress: ReportProgress) -> Ordeal:
    """Leaves nothing running, however it ends."""
    cloud = LocalCloud(home, any_free(), any_free(), lasting=True)
    report_progress("Opening a shop of its own")
    cloud.start()
    try:
        outputs = deploy(cloud, QUICK).outputs
        report_progress("Filling the shelves")
        seed(cloud)
        door = Door(cloud, outputs["ApiId"], outputs["MediaBucket"])
        door.start()
        try:
            return _ordeal(cloud, door, orders, report_progress)
        finally:
            door.kill()
    finally:
        cloud.stop()


def _ordeal(cloud: LocalCloud, door: Door, orders: int, report_progress: ReportProgress) -> Ordeal:
    killer = Killer(cloud, door)
    report_progress(f"{orders} people buy while everything dies")
    with killer.at_large(), ThreadPoolExecutor(1) as pool:
        restarting = pool.submit(_stop_and_start, cloud, killer)
        deeds = all_buy(cloud.shop_url, plentiful_skus()[:SKUS], orders, killer.somebody_got_on)
        restarting.result()
    report_progress("Calm: waiting until nothing moves")
    shop = Deployed.on(cloud)
    books = replace(forgiving(settled_books(shop)), history=deeds)
    return Ordeal(killer.killed + Counter({"local cloud": 1}), books, dead_letters(shop))


def _stop_and_start(cloud: LocalCloud, killer: Killer) -> None:
    """In good order, as the emulator must be; what it ran then is lost, and taken up again."""
    time.sleep(BEFORE_THE_RESTART)
    killer.strike(door_too=True)
    cloud.stop()
    if not cloud.start():
        raise Trouble("The local cloud did not come back with what it had.")
    deploy(cloud, QUICK)
    reconcile_everything(cloud)
