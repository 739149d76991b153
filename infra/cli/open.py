"""`shop open`: open the pages of the running local shop in the browser."""

import webbrowser

from infra.cli.dev import PATHS
from infra.cli.terminal import STATE_FOLDER, out
from infra.local.cloud import LocalCloud


def open_pages() -> None:
    """Open the shop, the admin, the console and the API documentation in the browser."""
    url = LocalCloud.running_in(STATE_FOLDER).shop_url
    for name, path in PATHS.items():
        out.print(f"  {name:<9} {url}{path}", highlight=False)
        webbrowser.open(f"{url}{path}")
