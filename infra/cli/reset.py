"""`shop reset`: delete all data of the local shop."""

import shutil
from typing import Annotated

import typer

from infra.cli.terminal import STATE_FOLDER, out
from infra.local.emulator import stop_orphan
from infra.local.state_dir import StateDir

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]


def reset(yes: Yes = False) -> None:  # noqa: FBT002 (an option of the command line)
    """Delete all data of the local shop.

    Deletes orders, emails, images and logs. The next start seeds the demo catalog again.
    """
    if not yes:
        typer.confirm("Delete all orders, emails and images of the local shop?", abort=True)
    state_dir = StateDir(STATE_FOLDER)
    state_dir.acquire()
    stop_orphan(state_dir)
    state_dir.release()
    shutil.rmtree(STATE_FOLDER)
    out.print("All local data is deleted.")
