"""DynamoDB accepts connections and never answers: pages time out quickly, and recover at once."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.lambda_handler import handler
from infra.local.cloud import LocalCloud
from tests import fake_clouds
from tests.fake_clouds import use_cloud
from tests.integration.faults.test_concurrent_checkout import an_api_request
from tests.printed_figures import PrintFigure

INTERACTIVE = {"INTERACTIVE_TIMEOUTS": "true"}


@contextmanager
def silent_server() -> Iterator[tuple[str, list[socket.socket]]]:
    """Yields its address, and the connections that it has accepted."""
    connections: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connections.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", connections
        server.shutdown(socket.SHUT_RDWR)
    for connection in connections:
        connection.close()


@pytest.mark.parametrize("path", ["/cart", "/api/products"])
def test_interactive_request_gives_up_on_dynamodb_with_503_and_recovers(
    tables: LocalCloud, path: str, print_figure: PrintFigure
) -> None:
    settings = fake_clouds.passive_settings(tables)
    request = an_api_request({}) | {"rawPath": path, "body": ""}
    request |= {"cookies": ["visitor=" + "v" * 43]}
    request["requestContext"]["http"] |= {"method": "GET", "path": path}

    with silent_server() as (address, connections):
        use_cloud(settings | INTERACTIVE | {"AWS_ENDPOINT_URL": address})
        began = time.monotonic()
        answer = handler(request, None)
        took = time.monotonic() - began
        use_cloud(settings | INTERACTIVE)
    print_figure(f"a silent DynamoDB is given up on after {took:.1f} s")

    assert answer["statusCode"] == 503
    assert int(answer["headers"]["retry-after"]) > 0
    assert len(connections) == 2
    assert handler(request, None)["statusCode"] == 200
