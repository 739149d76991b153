"""The local cloud: its address, its AWS clients, and its start and stop."""

from functools import cache
from pathlib import Path
from typing import Any

import boto3
import httpx

from infra.local import emulator
from infra.local.cloud_guard import OPERATOR_HEADER
from infra.local.emulator import REGION, Process
from infra.local.operator_key import OperatorKey
from infra.local.ports import require_free
from infra.local.state_dir import StateDir
from infra.local.state_repair import reset_stream_positions, rewrite_queue_ports

# One client, since a new one costs 30 ms of CPU; no connection outlives the emulator that it is to.
NO_KEEP_ALIVE = httpx.Limits(max_keepalive_connections=0)


class LocalCloud:
    """One emulator on one port, which keeps all its files in one folder.

    If ``persistent``, tables, queues and buckets are restored at the next start.
    """

    def __init__(
        self, state_folder: Path, port: int, web_port: int, *, persistent: bool = False
    ) -> None:
        self.state_dir = StateDir(state_folder)
        self.port = port
        self.web_port = web_port
        self.discarded_outdated_state = False
        self._operator = OperatorKey.generate()
        self._persistent = persistent
        self._process: Process | None = None
        self.client = cache(self._client)
        self._http = httpx.Client(timeout=5, limits=NO_KEEP_ALIVE)

    @classmethod
    def running_in(cls, state_folder: Path) -> "LocalCloud":
        """The cloud that another process runs. Raises ``UserError`` if none is running."""
        state_dir = StateDir(state_folder)
        web_port, port = state_dir.read_ports()
        cloud = cls(state_folder, port, web_port)
        cloud._operator = OperatorKey.read(state_dir.operator_key)
        return cloud

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def shop_url(self) -> str:
        return f"http://localhost:{self.web_port}"

    @property
    def env(self) -> dict[str, str]:
        """The environment that makes an AWS client use this cloud instead of AWS."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self._operator.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self._operator.secret_access_key,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }

    def start(self) -> bool:
        """Start the emulator. Returns whether saved state was restored."""
        self.state_dir.acquire()
        emulator.stop_orphan(self.state_dir)
        require_free(self.port, "--cloud-port")
        self.discarded_outdated_state = self.state_dir.discard_outdated()
        restored = self._persistent and self.state_dir.has_saved_state()
        if restored:
            reset_stream_positions(self.state_dir.state)
            rewrite_queue_ports(self.state_dir.state, self.port)
        else:
            self.state_dir.clear()
        self._operator.write(self.state_dir.operator_key)
        self._process = self._start_emulator()
        if restored and emulator.reported_corrupt_state(self.state_dir):
            emulator.stop(self._process, self.state_dir)
            self.state_dir.clear()
            self._process = self._start_emulator()
            restored = False
        self.state_dir.write_ports(self.web_port, self.port)
        return restored

    def stop(self) -> None:
        """Stop the emulator and all function processes."""
        if self._process is not None:
            end = emulator.stop if self._persistent else emulator.kill
            end(self._process, self.state_dir)
            self._process = None
        self.state_dir.release()

    def get(self, path: str) -> httpx.Response:
        """Read one of the emulator's own endpoints, such as its mailbox."""
        headers = {OPERATOR_HEADER: self._operator.secret_access_key}
        return self._http.get(f"{self.url}{path}", headers=headers)

    def _start_emulator(self) -> Process:
        return emulator.start(self.state_dir, self.port, self.web_port, persistent=self._persistent)

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=self._operator.access_key_id,
            aws_secret_access_key=self._operator.secret_access_key,
        )
