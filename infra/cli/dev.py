"""`shop dev`: run the whole shop on this machine, and deploy every change."""

import signal
import time
from datetime import datetime
from types import FrameType

from botocore.exceptions import BotoCoreError, ClientError

from infra.cli.terminal import STATE_FOLDER, CloudPort, Port, Progress, out, print_error
from infra.local.file_watcher import changed_files
from infra.local.reconciler_trigger import trigger_reconciliation
from infra.local.seed import seed_covers, seeding_the_rest
from infra.local.startup import LocalShop
from infra.user_error import UserError

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATHS = {"Shop": "/", "Admin": "/admin", "Console": "/console", "API docs": "/docs"}


def dev(port: Port = 8000, cloud_port: CloudPort = 4566) -> None:
    """Run the shop at http://localhost:8000, deploy every change.

    Ctrl-C stops it. Orders are kept in .shop and restored at the next start.
    """
    for number in STOP_SIGNALS:  # SIGINT too: a shell ignores it for background processes
        signal.signal(number, _interrupt)
    shop = LocalShop(STATE_FOLDER, port, cloud_port, persistent=True)
    started = time.monotonic()
    try:
        out.print("[bold]Hearth & Clay[/]")
        with Progress().display() as progress, shop.open(report=progress.step):
            progress.step("Seeding the catalog")
            seed_covers(shop.cloud, report=progress.detail)
            progress.step("Starting the web function")
            _warm_up(shop)
            if shop.restored:
                progress.step("Restarting open orders")
                trigger_reconciliation(shop.cloud)
            progress.done()
            seconds = time.monotonic() - started
            shop.cloud.state_dir.record_start("again" if shop.restored else "first", seconds)
            _print_addresses(shop, seconds)
            with seeding_the_rest(shop.cloud, on_error=print_error):
                _deploy_changes(shop)
    except KeyboardInterrupt:
        out.print("Stopped. Orders are kept in .shop ([bold]shop reset[/] deletes them).")


def _warm_up(shop: LocalShop) -> None:
    """A web function that fails does not stop the shop: the next change may fix it."""
    try:
        shop.warm_up()
    except UserError as error:
        print_error(error)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in STOP_SIGNALS:  # a second Ctrl-C must not interrupt the saving of orders
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _print_addresses(shop: LocalShop, seconds: float) -> None:
    if shop.cloud.discarded_outdated_state:
        out.print("[yellow].shop was written by another version: its data was deleted.[/]")
    out.print(f"Ready after {seconds:.1f} s. Ctrl-C stops it.\n")
    for name, path in PATHS.items():
        out.print(f"  {name:<9} [link={shop.url}{path}]{shop.url}{path}[/link]")
    out.print()


def _deploy_changes(shop: LocalShop) -> None:
    """Deploy on each change of a deployed file, until interrupted."""
    for files in changed_files():
        started = time.monotonic()
        clock = datetime.now().astimezone().strftime("%H:%M:%S")
        others = f" and {len(files) - 1} more" if len(files) > 1 else ""
        change = f"[dim]{clock}[/] {files[0]}{others} changed"
        try:
            deployment = shop.deploy()
            shop.warm_up()
        except (UserError, ClientError, BotoCoreError) as error:
            out.print(f"{change}:")
            print_error(error)
            continue
        parts = (*deployment.updated, *(["stack"] if deployment.stack_changed else []))
        seconds = time.monotonic() - started
        out.print(f"{change}: {', '.join(parts)} updated in {seconds:.1f} s" if parts else change)
