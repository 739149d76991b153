"""`shop seed`: load the demo catalog into the running shop."""

from infra.cli.terminal import STATE_FOLDER, Progress, out
from infra.local.cloud import LocalCloud
from infra.local.seed import seed as seed_catalog


def seed() -> None:
    """Load the demo catalog into the running shop.

    Existing products stay unchanged.
    """
    cloud = LocalCloud.running_in(STATE_FOLDER)
    with Progress().display() as progress:
        progress.step("Seeding the catalog")
        seeded = seed_catalog(cloud, report=progress.detail)
    if not seeded:
        out.print("The catalog was seeded before.")
