"""The emulator as a process: started, found healthy, ended with every function it has spawned."""

import os
import signal
import subprocess
import sys
import time

import httpx

from infra.build.bundles import ROOT
from infra.local.state_dir import Home
from infra.user_error import Trouble

REGION = "eu-central-1"
START_SECONDS = 30
STOP_SECONDS = (
    60  # it answers what is under way, then saves; killed before that, it has lost every order
)

WITH_FAULTS = (sys.executable, "-m", "infra.local.faults.ministack")

type Process = subprocess.Popen[bytes]

# What the emulator says when it met saved state that it cannot use, and went on without it.
SPOILT_STATE = ("Persistence: failed to load", "Failed to restore persisted state", "refusing to")


def start(home: Home, port: int, *, lasting: bool) -> Process:
    home.prepare()
    with home.log.open("wb") as log:
        process = subprocess.Popen(
            [*WITH_FAULTS, str(home.decisions.resolve()), str(home.faults.resolve())],
            env=_environment(home, port, lasting=lasting),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # A group of its own: Ctrl-C is for us, who then stop it in good order.
            start_new_session=True,
        )
    home.pid_file.write_text(str(process.pid))
    _wait_until_healthy(process, home, port)
    return process


def stop(process: Process, home: Home) -> None:
    """Let it save its state, then end what is left of its group: the functions' processes."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()
    home.pid_file.unlink(missing_ok=True)


def kill(process: Process, home: Home) -> None:
    """End it at once: it keeps nothing, so that nothing under way is worth waiting for."""
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()
    home.pid_file.unlink(missing_ok=True)


def found_its_state_spoilt(home: Home) -> bool:
    words = home.log.read_text(errors="replace")
    return any(sign in words for sign in SPOILT_STATE)


def stop_the_one_left_behind(home: Home) -> None:
    """A shop that was killed outright leaves its emulator, with orders only in its memory."""
    if not home.pid_file.exists():
        return
    pid = int(home.pid_file.read_text() or 0)
    if "ministack" in _command_of(pid):
        _signal_group(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while _command_of(pid) and time.monotonic() < deadline:
            time.sleep(0.1)
        _signal_group(pid, signal.SIGKILL)
    home.pid_file.unlink()


def _environment(home: Home, port: int, *, lasting: bool) -> dict[str, str]:
    """Every function inherits this environment, so nothing of the developer's own is in it."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "CLOUDTRAIL_RECORDING": "1",
        "PERSIST_STATE": "1" if lasting else "0",
        "STATE_DIR": str(home.state),
        "S3_PERSIST": "1" if lasting else "0",
        "S3_DATA_DIR": str(home.state / "s3"),
        "TMPDIR": str(home.scratch),
        # Listeners on ports of their own, which two shops could not share.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # A burst's surplus processes go after a minute: each holds some 60 MB.
        "LAMBDA_WARM_TTL_SECONDS": "60",
    }


def _wait_until_healthy(process: Process, home: Home, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            healthy = httpx.get(f"http://127.0.0.1:{port}/_ministack/health", timeout=1).is_success
            if healthy and process.poll() is None:  # else somebody else's answered on this port
                return
        except httpx.TransportError:
            time.sleep(0.05)
    stop(process, home)
    raise Trouble(
        f"The local cloud did not start; its last words are in {home.log}. "
        "If they speak of saved state, `shop reset` removes it."
    )


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group just ended
        return


def _command_of(pid: int) -> str:
    """What a living process runs; empty when it is gone, or dead and only not yet buried."""
    shown = subprocess.run(
        ["ps", "-p", str(pid), "-o", "stat=,command="], capture_output=True, text=True, check=False
    )
    state, _, command = shown.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else command
