"""Open the whole shop on this machine: cloud, deploy and front door, in that order."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from infra.build.bundles import ROOT
from infra.local.cloud import LocalCloud
from infra.local.console.pages import console
from infra.local.deploy import Deployment, deploy
from infra.local.front_door import FrontDoor
from infra.local.ports import claim
from infra.user_error import Trouble

type Say = Callable[[str], None]


class LocalShop:
    """One shop on two ports, with a folder of its own: tests open theirs beside a running one."""

    def __init__(
        self, home: Path, port: int, cloud_port: int, *, lasting: bool = False, root: Path = ROOT
    ) -> None:
        self.cloud = LocalCloud(home, cloud_port, port, lasting=lasting)
        self.restored = False
        self._root = root
        self._door = FrontDoor(self.cloud, beside=console(self.cloud), root=root)

    @property
    def url(self) -> str:
        return self.cloud.shop_url

    @contextmanager
    def open(
        self, overrides: Mapping[str, str] | None = None, say: Say = lambda _: None
    ) -> Iterator[Deployment]:
        """Closes, with every process it started, when the block ends, however it ends."""
        listener = claim(self.cloud.front_door_port, "--port")
        with self._door.open(listener):
            try:
                say("Starting the local cloud")
                self.restored = self.cloud.start()
                say("Deploying infra/template.yaml")
                yield self.deploy(overrides)
            finally:
                self.cloud.stop()

    def deploy(self, overrides: Mapping[str, str] | None = None) -> Deployment:
        """Deploy what is in the working tree now, and lead visitors there."""
        deployment = deploy(self.cloud, overrides, self._root)
        self._door.lead_to(deployment.outputs["ApiId"], deployment.outputs["MediaBucket"])
        return deployment

    def wake(self) -> None:
        """Start the web function before a visitor waits for it; `Trouble` when it cannot start."""
        answer = httpx.get(f"{self.url}/healthz", timeout=30)
        if answer.is_server_error and "errorMessage" in answer.text:
            raise Trouble(f"The web function does not start: {answer.json()['errorMessage']}")
