"""Run the whole shop on this machine: proxy, local cloud and deployment."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from infra.build.bundles import ROOT
from infra.local.cloud import LocalCloud
from infra.local.console.pages import console_routes
from infra.local.deploy import Deployment, deploy
from infra.local.ports import bind_port
from infra.local.proxy import LocalProxy
from infra.user_error import UserError

type ReportProgress = Callable[[str], None]


class LocalShop:
    """One shop on two ports with its own state folder, so tests can run beside `shop dev`."""

    def __init__(
        self,
        state_folder: Path,
        port: int,
        cloud_port: int,
        *,
        persistent: bool = False,
        root: Path = ROOT,
    ) -> None:
        self.cloud = LocalCloud(state_folder, cloud_port, port, persistent=persistent)
        self.restored = False
        self._root = root
        self._proxy = LocalProxy(self.cloud, console=console_routes(self.cloud), root=root)

    @property
    def url(self) -> str:
        return self.cloud.shop_url

    @contextmanager
    def open(
        self, overrides: Mapping[str, str] | None = None, report: ReportProgress = lambda _: None
    ) -> Iterator[Deployment]:
        """Start and deploy; stops every process it started when the block ends."""
        listener = bind_port(self.cloud.web_port, "--port")
        with self._proxy.serve(listener):
            try:
                report("Starting the local cloud")
                self.restored = self.cloud.start()
                report("Deploying infra/template.yaml")
                yield self.deploy(overrides)
            finally:
                self.cloud.stop()

    def deploy(self, overrides: Mapping[str, str] | None = None) -> Deployment:
        """Deploy the working tree, and forward requests to that deployment."""
        deployment = deploy(self.cloud, overrides, self._root)
        self._proxy.set_origins(deployment.outputs["ApiId"], deployment.outputs["MediaBucket"])
        return deployment

    def warm_up(self) -> None:
        """Start the web function before the first visitor. Raises ``UserError`` if it fails."""
        response = httpx.get(f"{self.url}/healthz", timeout=30)
        if response.is_server_error and "errorMessage" in response.text:
            raise UserError(f"The web function fails: {response.json()['errorMessage']}")
