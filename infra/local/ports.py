"""Bind ports of the loopback interface, or report which process uses them."""

import shutil
import socket
import subprocess

from infra.user_error import UserError


def bind_port(port: int, option: str) -> socket.socket:
    """Bind the port. Raises ``UserError`` that names ``option``, which selects another port."""
    # IPPROTO_TCP is explicit because asyncio disables Nagle's algorithm only then, and with it
    # every response would wait 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # Otherwise the port of a shop that was just stopped would still be in use.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise UserError(
            f"Port {port} is in use{_used_by(port)}: "
            f"stop that, or choose another port with {option}."
        ) from error
    return listener


def require_free(port: int, option: str) -> None:
    """Raises ``UserError`` if the port is in use."""
    bind_port(port, option).close()


def find_free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _used_by(port: int) -> str:
    if not shutil.which("lsof"):
        return ", perhaps by another shop"
    listing = subprocess.run(
        ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    fields = {line[0]: line[1:] for line in listing.splitlines() if line}
    return f" by {fields['c']} (process {fields['p']})" if {"c", "p"} <= fields.keys() else ""
