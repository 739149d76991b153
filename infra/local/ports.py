"""Take a port, or say in one sentence who has it."""

import shutil
import socket
import subprocess

from infra.user_error import Trouble


def claim(port: int, option: str) -> socket.socket:
    """Hold a port of the loopback; `option` is what a person changes to choose another."""
    # With the protocol named: only then does asyncio switch off Nagle's algorithm for what is
    # accepted here, and without that every answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # Otherwise a shop stopped a moment ago would still hold its port.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise Trouble(
            f"Port {port} is taken{_by_whom(port)}: stop that, or choose another with {option}."
        ) from error
    return listener


def must_be_free(port: int, option: str) -> None:
    claim(port, option).close()


def any_free() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _by_whom(port: int) -> str:
    if not shutil.which("lsof"):
        return ", perhaps by another shop"
    found = subprocess.run(
        ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    fields = {line[0]: line[1:] for line in found.splitlines() if line}
    return f" by {fields['c']} (process {fields['p']})" if {"c", "p"} <= fields.keys() else ""
