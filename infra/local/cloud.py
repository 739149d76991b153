"""The emulator as a process: started, found healthy, stopped with all it has spawned."""

import os
import shutil
import signal
import subprocess
import sys
import time
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import boto3
import httpx

from infra.local.ports import must_be_free
from infra.local.trouble import Trouble

REGION = "eu-central-1"
START_SECONDS = 30
STOP_SECONDS = 15

# What the emulator says when it met saved state that it cannot use, and went on without it.
SPOILT_STATE = ("Persistence: failed to load", "Failed to restore persisted state", "refusing to")


class LocalCloud:
    """One emulator on one port, with everything it writes under one folder.

    With `lasting`, what was in the tables, queues and buckets is there again at the next start.
    """

    def __init__(
        self, home: Path, port: int, front_door_port: int, *, lasting: bool = False
    ) -> None:
        self.home = home
        self.port = port
        self.front_door_port = front_door_port
        self.lasting = lasting
        self.log = home / "emulator.log"
        self._state = home / "state"
        self._pid_file = home / "emulator.pid"
        self._process: subprocess.Popen[bytes] | None = None
        self.client = cache(self._client)

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
        self.home.mkdir(parents=True, exist_ok=True)
        self._stop_the_one_left_behind()
        must_be_free(self.port, "--emulator-port")
        restored = self._state_is_ours()
        self._start()
        if restored and self._state_was_spoilt():
            self.stop()
            self.forget()
            self._start()
            return False
        return restored

    def stop(self) -> None:
        """Let the emulator save its state, then end it and every function process."""
        if self._process is None:
            return
        _end_group(self._process)
        self._process = None
        self._pid_file.unlink(missing_ok=True)
        shutil.rmtree(self.home / "tmp", ignore_errors=True)

    def forget(self) -> None:
        shutil.rmtree(self._state, ignore_errors=True)

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator's own, known to all
        )

    def _start(self) -> None:
        scratch = self.home / "tmp"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        self._state.mkdir(exist_ok=True)
        (self._state / "made-by").write_text(_emulator())
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                env=self._emulator_env(scratch),
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl-C is for us, who then stop it in good order.
                start_new_session=True,
            )
        self._pid_file.write_text(str(self._process.pid))
        self._wait_until_healthy(self._process)

    def _emulator_env(self, scratch: Path) -> dict[str, str]:
        """Every function inherits this environment, so nothing of the developer's own is in it."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **kept,
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "CLOUDTRAIL_RECORDING": "1",
            "PERSIST_STATE": "1" if self.lasting else "0",
            "STATE_DIR": str(self._state),
            "S3_PERSIST": "1" if self.lasting else "0",
            "S3_DATA_DIR": str(self._state / "s3"),
            # Function code is unpacked here; a killed emulator would leave it in /tmp for ever.
            "TMPDIR": str(scratch),
            # Listeners on ports of their own, which two shops could not share.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            # A burst's surplus processes go after a minute: each holds some 60 MB.
            "LAMBDA_WARM_TTL_SECONDS": "60",
            "PYTHONUNBUFFERED": "1",
        }

    def _wait_until_healthy(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            if _answers(f"{self.url}/_ministack/health"):
                return
            time.sleep(0.05)
        self.stop()
        raise Trouble(
            f"The local cloud did not start; its last words are in {self.log}. "
            "If they speak of saved state, `shop reset` removes it."
        )

    def _state_is_ours(self) -> bool:
        """Whether saved state is there and was written by this version of the emulator."""
        made_by = self._state / "made-by"
        if self.lasting and made_by.exists() and made_by.read_text() == _emulator():
            return any(self._state.glob("*.json"))
        self.forget()
        return False

    def _state_was_spoilt(self) -> bool:
        words = self.log.read_text(errors="replace")
        return any(sign in words for sign in SPOILT_STATE)

    def _stop_the_one_left_behind(self) -> None:
        """A shop that was killed outright leaves its emulator, with orders only in its memory."""
        if not self._pid_file.exists():
            return
        pid = int(self._pid_file.read_text() or 0)
        if "ministack" in _command_of(pid):
            _signal_group(pid, signal.SIGTERM)
            _wait_until_gone(pid, STOP_SECONDS)
            _signal_group(pid, signal.SIGKILL)
        self._pid_file.unlink(missing_ok=True)


def _emulator() -> str:
    return f"ministack {version('ministack')}"


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=1).is_success
    except httpx.HTTPError:
        return False


def _end_group(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    finally:
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group just ended
        return


def _wait_until_gone(pid: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while _command_of(pid) and time.monotonic() < deadline:
        time.sleep(0.1)


def _command_of(pid: int) -> str:
    shown = subprocess.run(
        ["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip()
