"""`shop seed`: the demo catalogue, into the shop that is open."""

from infra.cli.terminal import HOME, Progress, out
from infra.local.cloud import LocalCloud
from infra.local.seed import seed as fill_shelves


def seed() -> None:
    """Fill the shelves of the open shop with the demo catalogue; what is there stays as it is."""
    cloud = LocalCloud.running_in(HOME)
    with Progress().shown() as progress:
        progress.step("Filling the shelves")
        filled = fill_shelves(cloud, say=progress.detail)
    if not filled:
        out.print("The shelves were full already.")
