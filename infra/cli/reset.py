"""`shop reset`: forget everything the local shop has kept."""

import shutil
from typing import Annotated

import typer

from infra.cli.terminal import HOME, out
from infra.local.emulator import stop_the_one_left_behind
from infra.local.state_dir import Home

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask first.")]


def reset(yes: Yes = False) -> None:  # noqa: FBT002 (an option of the command line)
    """Delete the local shop's orders, letters, pictures and logs; the next start begins anew."""
    if not yes:
        typer.confirm("Forget all orders, letters and pictures of the local shop?", abort=True)
    home = Home(HOME)
    home.move_in()
    stop_the_one_left_behind(home)
    home.move_out()
    shutil.rmtree(HOME)
    out.print("Forgotten.")
