"""`shop dev`: open the whole shop, keep it up to date with the files, close it on Ctrl-C."""

import signal
import time
from datetime import datetime
from types import FrameType

from botocore.exceptions import BotoCoreError, ClientError

from infra.cli.terminal import HOME, CloudPort, Port, Progress, out, trouble_said
from infra.local.file_watcher import changed_files
from infra.local.reconciler_trigger import reconcile_everything
from infra.local.seed import seed
from infra.local.startup import LocalShop
from infra.user_error import Trouble

ENDINGS = (signal.SIGINT, signal.SIGTERM)
PLACES = {"Shop": "/", "Desk": "/admin", "Console": "/console", "API docs": "/docs"}


def dev(port: Port = 8000, cloud_port: CloudPort = 4566) -> None:
    """Open the shop at http://localhost:8000, with its cloud, and follow what you change.

    Orders are kept when you close it with Ctrl-C, and are there again the next time.
    """
    for ending in ENDINGS:  # SIGINT too, which a shell ignores for what runs in the background
        signal.signal(ending, _as_ctrl_c)
    shop = LocalShop(HOME, port, cloud_port, lasting=True)
    started = time.monotonic()
    try:
        out.print("[bold]Hearth & Clay[/]")
        with Progress().shown() as progress, shop.open(say=progress.step):
            progress.step("Filling the shelves")
            seed(shop.cloud, say=progress.detail)
            progress.step("Waking the web function")
            _wake(shop)
            if shop.restored:
                progress.step("Taking up open orders")
                reconcile_everything(shop.cloud)
            progress.done()
            took = time.monotonic() - started
            shop.cloud.home.note_start("again" if shop.restored else "first", took)
            _say_where(shop, took)
            _follow(shop)
    except KeyboardInterrupt:
        out.print("Closed. Orders are kept in .shop/ ([bold]shop reset[/] forgets them).")


def _wake(shop: LocalShop) -> None:
    """A shop that does not start still opens: the next change may be the one that mends it."""
    try:
        shop.wake()
    except Trouble as trouble:
        trouble_said(trouble)


def _as_ctrl_c(_number: int, _frame: FrameType | None) -> None:
    for ending in ENDINGS:  # an impatient second one must not lose the orders being saved
        signal.signal(ending, signal.SIG_IGN)
    raise KeyboardInterrupt


def _say_where(shop: LocalShop, seconds: float) -> None:
    out.print(f"Open after {seconds:.1f} s. Ctrl-C closes it.\n")
    for name, path in PLACES.items():
        out.print(f"  {name:<9} [link={shop.url}{path}]{shop.url}{path}[/link]")
    out.print()


def _follow(shop: LocalShop) -> None:
    for files in changed_files():
        started = time.monotonic()
        clock = datetime.now().astimezone().strftime("%H:%M:%S")
        named = f"[dim]{clock}[/] changed {files[0]}" + (
            f" and {len(files) - 1} more" if len(files) > 1 else ""
        )
        try:
            deployment = shop.deploy()
            shop.wake()
        except (Trouble, ClientError, BotoCoreError) as trouble:
            out.print(f"{named}:")
            trouble_said(trouble)
            continue
        parts = (*deployment.updated, *(["stack"] if deployment.stack_changed else []))
        took = time.monotonic() - started
        out.print(f"{named}: {', '.join(parts)} updated in {took:.1f} s" if parts else named)
