"""A store that takes every call and never answers: a page says so soon, and comes back at once."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from infra.local.cloud import LocalCloud
from tests import fake_clouds
from tests.fake_clouds import use_cloud
from tests.integration.faults.test_concurrent_checkout import an_api_request, answered
from tests.printed_figures import PrintFigure

WATCHED = {"INTERACTIVE_TIMEOUTS": "true"}


@contextmanager
def a_silent_store() -> Iterator[tuple[str, list[socket.socket]]]:
    """Its address, and the calls that it took."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", taken
        server.shutdown(socket.SHUT_RDWR)
    for call in taken:
        call.close()


@pytest.mark.parametrize("path", ["/cart", "/api/products"])
def test_whoever_waits_is_told_and_helped_as_soon_as_it_speaks_again(
    tables: LocalCloud, path: str, print_figure: PrintFigure
) -> None:
    settings = fake_clouds.passive_settings(tables)
    request = an_api_request({}) | {"rawPath": path, "body": ""}
    request |= {"cookies": ["visitor=" + "v" * 43]}
    request["requestContext"]["http"] |= {"method": "GET", "path": path}

    with a_silent_store() as (address, taken):
        use_cloud(settings | WATCHED | {"AWS_ENDPOINT_URL": address})
        began = time.monotonic()
        answer = answered(request)
        took = time.monotonic() - began
        use_cloud(settings | WATCHED)
    print_figure(f"a silent store is given up on after {took:.1f} s")

    assert answer["statusCode"] == 503
    assert int(answer["headers"]["retry-after"]) > 0
    assert len(taken) == 2
    assert answered(request)["statusCode"] == 200
