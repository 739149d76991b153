"""The emulator process: start it, wait until it is healthy, stop it with its functions."""

import os
import signal
import subprocess
import sys
import time

import httpx

from infra.build.bundles import ROOT
from infra.local.state_dir import StateDir
from infra.user_error import UserError

REGION = "eu-central-1"
START_TIMEOUT = 30
# It finishes running requests and then saves its state. If killed before that, all orders are lost.
STOP_TIMEOUT = 60

COMMAND = (sys.executable, "-m", "infra.local.faults.ministack")

type Process = subprocess.Popen[bytes]

# The emulator logs these when it ignores saved state that it cannot read.
CORRUPT_STATE_MESSAGES = (
    "Persistence: failed to load",
    "Failed to restore persisted state",
    "refusing to",
)


def start(state_dir: StateDir, port: int, web_port: int, *, persistent: bool) -> Process:
    """Start the emulator. Raises ``UserError`` if it is not healthy within ``START_TIMEOUT``.

    The pages of the shop at ``web_port`` may upload files; pages of other origins are refused.
    """
    state_dir.prepare()
    with state_dir.log.open("wb") as log:
        process = subprocess.Popen(
            [
                *(*COMMAND, str(state_dir.operator_key.resolve()), str(web_port)),
                *(str(state_dir.decisions.resolve()), str(state_dir.faults.resolve())),
            ],
            env=_environment(state_dir, port, persistent=persistent),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Its own process group: Ctrl-C reaches only this process, which then stops it.
            start_new_session=True,
        )
    state_dir.pid_file.write_text(str(process.pid))
    _wait_until_healthy(process, state_dir, port)
    return process


def stop(process: Process, state_dir: StateDir) -> None:
    """Let it save its state, then kill the rest of its process group: the functions."""
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()
    state_dir.pid_file.unlink(missing_ok=True)


def kill(process: Process, state_dir: StateDir) -> None:
    """Kill it at once, without saving its state."""
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()
    state_dir.pid_file.unlink(missing_ok=True)


def reported_corrupt_state(state_dir: StateDir) -> bool:
    """Whether the emulator ignored saved state because it could not read it."""
    log = state_dir.log.read_text(errors="replace")
    return any(message in log for message in CORRUPT_STATE_MESSAGES)


def stop_orphan(state_dir: StateDir) -> None:
    """Stop the emulator of a `shop dev` that was killed, so that it saves its state."""
    if not state_dir.pid_file.exists():
        return
    pid = int(state_dir.pid_file.read_text() or 0)
    if "ministack" in _command_of(pid):
        _signal_group(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT
        while _command_of(pid) and time.monotonic() < deadline:
            time.sleep(0.1)
        _signal_group(pid, signal.SIGKILL)
    state_dir.pid_file.unlink()


def _environment(state_dir: StateDir, port: int, *, persistent: bool) -> dict[str, str]:
    """All functions inherit this environment, so it contains no secrets of the developer."""
    inherited = {n: os.environ[n] for n in ("PATH", "HOME", "LANG") if n in os.environ}
    return {
        **inherited,
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "CLOUDTRAIL_RECORDING": "1",
        "PERSIST_STATE": "1" if persistent else "0",
        "STATE_DIR": str(state_dir.state),
        "S3_PERSIST": "1" if persistent else "0",
        "S3_DATA_DIR": str(state_dir.state / "s3"),
        "TMPDIR": str(state_dir.scratch),
        # These listen on fixed ports, which two shops could not share.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Stop idle function processes after a minute: each uses about 60 MB.
        "LAMBDA_WARM_TTL_SECONDS": "60",
    }


def _wait_until_healthy(process: Process, state_dir: StateDir, port: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            healthy = httpx.get(f"http://127.0.0.1:{port}/_ministack/health", timeout=1).is_success
            if healthy and process.poll() is None:  # otherwise another program answered
                return
        except httpx.TransportError:
            time.sleep(0.05)
    stop(process, state_dir)
    raise UserError(
        f"The local cloud did not start: see the end of {state_dir.log}. "
        "If it mentions saved state, `shop reset` deletes that."
    )


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group just ended
        return


def _command_of(pid: int) -> str:
    """The command of a running process; empty if it does not run or is a zombie."""
    listed = subprocess.run(
        ["ps", "-p", str(pid), "-o", "stat=,command="], capture_output=True, text=True, check=False
    )
    state, _, command = listed.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else command
