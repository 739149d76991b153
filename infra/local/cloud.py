"""The local cloud: where it is, how to speak to it, and its start and stop."""

from functools import cache
from pathlib import Path
from typing import Any

import boto3

from infra.local import emulator
from infra.local.emulator import REGION, Process
from infra.local.ports import must_be_free
from infra.local.state_dir import Home
from infra.local.state_repair import forget_stream_positions, move_queues_to


class LocalCloud:
    """One emulator on one port, with everything it writes under one folder.

    With `lasting`, what was in the tables, queues and buckets is there again at the next start.
    """

    def __init__(
        self, home: Path, port: int, front_door_port: int, *, lasting: bool = False
    ) -> None:
        self.home = Home(home)
        self.port = port
        self.front_door_port = front_door_port
        self._lasting = lasting
        self._process: Process | None = None
        self.client = cache(self._client)

    @classmethod
    def running_in(cls, home: Path) -> "LocalCloud":
        """The cloud that another process has started; raises `Trouble` when there is none."""
        port, cloud_port = Home(home).where()
        return cls(home, cloud_port, port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def shop_url(self) -> str:
        return f"http://localhost:{self.front_door_port}"

    @property
    def env(self) -> dict[str, str]:
        """What an AWS client needs in its environment to find this cloud instead of AWS."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }

    def start(self) -> bool:
        """Start, and say whether what was saved before is there again."""
        self.home.move_in()
        emulator.stop_the_one_left_behind(self.home)
        must_be_free(self.port, "--cloud-port")
        restored = self._lasting and self.home.holds_usable_state()
        if restored:
            forget_stream_positions(self.home.state)
            move_queues_to(self.home.state, self.port)
        else:
            self.home.forget()
        self._process = emulator.start(self.home, self.port, lasting=self._lasting)
        if restored and emulator.found_its_state_spoilt(self.home):
            emulator.stop(self._process, self.home)
            self.home.forget()
            self._process = emulator.start(self.home, self.port, lasting=self._lasting)
            restored = False
        self.home.say_where(self.front_door_port, self.port)
        return restored

    def stop(self) -> None:
        if self._process is not None:
            end = emulator.stop if self._lasting else emulator.kill
            end(self._process, self.home)
            self._process = None
        self.home.move_out()

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator's own, known to all
        )
