"""`shop dev`: open the whole shop, keep it up to date with the files, close it on Ctrl-C."""

import signal
import time
from datetime import datetime
from types import FrameType

from infra.local.opening import LocalShop
from infra.local.reconciling import reconcile_everything
from infra.local.seed import seed
from infra.local.watch import changed_files
from infra.shop.terminal import HOME, CloudPort, Port, Progress, out, trouble_said
from infra.trouble import Trouble


def dev(port: Port = 8000, cloud_port: CloudPort = 4566) -> None:
    """Open the shop at http://localhost:8000, with its cloud, and follow what you change.

    Orders are kept when you close it with Ctrl-C, and are there again the next time.
    """
    for ending in (signal.SIGINT, signal.SIGTERM):  # also where SIGINT was ignored, as under nohup
        signal.signal(ending, _as_ctrl_c)
    shop = LocalShop(HOME, port, cloud_port, lasting=True)
    started = time.monotonic()
    try:
        out.print("[bold]Hearth & Clay[/]")
        with Progress().shown() as progress, shop.open(say=progress.step):
            progress.step("Filling the shelves")
            seed(shop.cloud, say=progress.detail)
            if shop.restored:
                progress.step("Taking up open orders")
                reconcile_everything(shop.cloud)
            progress.done()
            _say_where(shop, time.monotonic() - started)
            _follow(shop)
    except KeyboardInterrupt:
        out.print("Closed. Orders are kept in .shop/ ([bold]shop reset[/] forgets them).")


def _as_ctrl_c(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say_where(shop: LocalShop, seconds: float) -> None:
    out.print(f"Open after {seconds:.1f} s. Ctrl-C closes it.\n")
    for name, path in PLACES.items():
        out.print(f"  {name:<9} [link={shop.url}{path}]{shop.url}{path}[/link]")
    out.print()


PLACES = {"Shop": "/", "Desk": "/desk", "Console": "/console", "API docs": "/api/docs"}


def _follow(shop: LocalShop) -> None:
    for files in changed_files():
        started = time.monotonic()
        clock = datetime.now().astimezone().strftime("%H:%M:%S")
        named = f"[dim]{clock}[/] changed {files[0]}" + (
            f" and {len(files) - 1} more" if len(files) > 1 else ""
        )
        try:
            deployment = shop.deploy()
        except Trouble as trouble:
            out.print(f"{named}:")
            trouble_said(trouble)
            continue
        parts = (*deployment.updated, *(["stack"] if deployment.stack_changed else []))
        took = time.monotonic() - started
        out.print(f"{named}: {', '.join(parts)} updated in {took:.1f} s" if parts else named)
