"""One run of load from start to judgement: prepare, let people in, wait for calm, audit."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
from msgspec.json import decode, encode
from msgspec.structs import replace as changed

from app.verification import Books, Deed
from infra.cli.verify import breaches_in
from infra.ops.deployed_stack import Deployed
from infra.ops.stack_rules import call_rules
from infra.ops.verification_data import steady_books
from infra.user_error import Trouble
from tests.chaos.recovery import dead_letters, forgiving, settled_books
from tests.load.assertions import Evidence
from tests.load.faults import bad_weather
from tests.load.generator import generate
from tests.load.options import Wishes
from tests.load.plan import Customer, Plan, Ware
from tests.load.preparation import Preparation
from tests.load.recorder import Noted, read_notes
from tests.load.tags import new_run
from tests.load.throttles import turned_away

WARES = 10  # of all that is for sale, those that people buy
PIECES = 20_000  # of each, so that nothing but the flash sale sells out
CUSTOMERS = 40
QUEUES_DRAIN = AWS_PATIENCE = 120  # seconds
DEAREST = 30_000  # cents: beyond, an order may wait for a merchant

type ReportProgress = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """A run's folder, and how it is led; ``flash_pieces`` are all there are of the flash ware."""

    folder: Path
    headless: bool = True
    page_port: int = 8089
    flash_pieces: int = 0
    flash_drawers: int = 0
    faults: tuple[str, ...] = ()
    deadly: bool = False  # who is killed while sending a letter may rightly send it once more


def wares_of(url: str) -> tuple[list[Ware], list[Ware]]:
    """What is for sale and not too dear: on the shelf, and sold out at the moment."""
    answer = httpx.get(f"{url}/api/products", timeout=30).raise_for_status().json()
    there, gone = list[Ware](), list[Ware]()
    for product in answer["products"]:
        for variant in product["variants"]:
            if variant["price"] <= DEAREST:
                pile = gone if variant["availability"] == "sold_out" else there
                pile.append(Ware(variant["sku"], product["slug"]))
    return there[:WARES], gone


def planned(shop: Deployed, wishes: Wishes) -> Plan:
    url = shop.cloud.shop_url if shop.cloud else shop.outputs()["BaseUrl"]
    there, gone = wares_of(url)
    if not there:
        raise Trouble("Nothing is for sale here: fill the shelves with `shop seed`.")
    return Plan(
        run=new_run(),
        url=url,
        seconds=wishes.seconds,
        users=0 if wishes.arrivals else wishes.users,
        arrivals=wishes.arrivals,
        ramp=wishes.ramp,
        think=wishes.think,
        wares=tuple(there),
        flash=(gone or there)[0] if wishes.flash else None,
    )


def run_load(shop: Deployed, run: Run, plan: Plan, report_progress: ReportProgress) -> Evidence:
    report_progress("Booking pieces in, signing customers in")
    plan = _prepared(shop, run, plan)
    before = _dead(shop)
    report_progress("People are shopping" if run.headless else f"http://localhost:{run.page_port} is locust's")
    began = datetime.now(UTC)
    with bad_weather(shop, run.faults):
        generate(run.folder, plan, headless=run.headless, page_port=run.page_port)
    noted = read_notes(run.folder)
    report_progress("Waiting until nothing moves")
    books = replace(_calm_books(shop), history=deeds(noted))
    books = forgiving(books) if run.deadly else books
    evidence = audited(noted, books, max(0, _dead(shop) - before))
    return replace(evidence, turned_away=turned_away(shop, began))


def _calm_books(shop: Deployed) -> Books:
    """On AWS parcels are packed for half an hour: there, of what holds while orders are open."""
    if shop.cloud is not None:
        return settled_books(shop)
    time.sleep(QUEUES_DRAIN)
    books = steady_books(shop, patience=AWS_PATIENCE)
    if books is None:
        raise Trouble("The shop is too busy for an audit: run `shop audit` when it is calmer.")
    return books


def audited(noted: Noted, books: Books, dead: int) -> Evidence:
    return Evidence(noted, books, breaches_in(books, now=datetime.now(UTC)), dead)


def deeds(noted: Noted) -> list[Deed]:
    """What people were told, as the auditor wants it."""
    return [
        Deed("place", it.form, "yes", it.order_id)
        if it.what == "place"
        else Deed("cancel", it.form, "yes" if it.said_yes else "no", it.order_id)
        for it in noted.pressed
    ]


def _prepared(shop: Deployed, run: Run, plan: Plan) -> Plan:
    pieces: Mapping[str, int] = {ware.sku: PIECES for ware in plan.wares}
    if plan.flash and run.flash_pieces:
        pieces = {**pieces, plan.flash.sku: run.flash_pieces}
    wanted = Preparation(plan.run, dict(pieces), CUSTOMERS)
    answer = call_rules(shop, "tests.load.preparation", encode(wanted))
    if plan.flash and run.flash_drawers:
        call_rules(shop, "infra.ops.reshard", encode((plan.flash.sku, run.flash_drawers)))
    return changed(plan, customers=tuple(decode(answer, type=list[Customer])))


def _dead(shop: Deployed) -> int:
    """Dead letters that lie there, whoever left them."""
    return sum(int(told.split()[0]) for told in dead_letters(shop))
