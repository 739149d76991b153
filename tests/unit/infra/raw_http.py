"""Send a request to a port byte by byte: an HTTP client would normalise its path."""

import socket


def send_raw(port: int, target: str, *, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    """The status and the whole response, headers included; 0 if the connection was closed.

    Underscores in names of headers stand for hyphens. Without ``Host`` it is `localhost:<port>`.
    """
    fields = {"Host": f"localhost:{port}", "Connection": "close", "Content-Length": "0"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {it}" for name, it in fields.items() if it)]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        response = b""
        while received := connection.recv(65_536):
            response += received
    return int(response.split(b" ", 2)[1]) if response else 0, response
