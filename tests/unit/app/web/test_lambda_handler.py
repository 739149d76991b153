import asyncio
import gzip
import json
import threading
from base64 import b64decode
from contextlib import closing
from typing import Any

import anyio.to_thread
import pytest

from app.lambda_handler import handler
from infra.local.cloud import LocalCloud


def a_request(path: str = "/healthz", query: str = "") -> dict[str, Any]:
    """As API Gateway's HTTP API sends it, payload version 2.0."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "shop.example"},
        "requestContext": {
            "http": {"method": "GET", "path": path, "sourceIp": "192.0.2.1"},
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }


def test_the_function_answers_and_logs_exactly_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = handler(a_request(), None)

    assert answer["statusCode"] == 200
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    line = json.loads(lines[0])
    assert (line["method"], line["route"], line["status"]) == ("GET", "/healthz", 200)
    assert line["ms"] > 0


def test_the_line_names_the_route_and_nothing_that_was_asked_for(
    tables: LocalCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    handler(a_request("/orders/01J00000000000000000000000", "key=very-secret"), None)

    line = capsys.readouterr().err
    assert '"/orders/{order_id}"' in line
    assert "very-secret" not in line
    assert "01J0000" not in line
    assert "192.0.2.1" not in line


@pytest.mark.parametrize("event", [{}, {"version": "1.0"}, {"version": "2.0"}, {"Records": []}])
def test_what_is_no_request_is_refused(event: dict[str, Any]) -> None:
    assert handler(event, None)["statusCode"] == 400


def test_a_body_wrongly_called_base64_is_refused() -> None:
    event = a_request("/cart") | {"body": "sku=ü", "isBase64Encoded": True}
    event["requestContext"]["http"]["method"] = "POST"

    assert handler(event, None)["statusCode"] in (400, 415)


def test_a_request_is_answered_without_a_thread(tables: LocalCloud) -> None:
    before = set(threading.enumerate())

    handler(a_request("/cart"), None)

    assert set(threading.enumerate()) == before


def test_another_server_in_this_process_keeps_its_threads() -> None:
    async def who() -> int:
        return await anyio.to_thread.run_sync(threading.get_ident)

    with closing(asyncio.new_event_loop()) as loop:  # `asyncio.run` would take Mangum's away
        assert loop.run_until_complete(who()) != threading.get_ident()


def test_a_page_travels_packed_to_whoever_can_unpack_it() -> None:
    asked = a_request("/sign-in")
    plain = handler(asked, None)
    packed = handler(asked | {"headers": {"host": "shop.example", "accept-encoding": "gzip"}}, None)

    assert packed["headers"]["content-encoding"] == "gzip"
    assert packed["isBase64Encoded"]
    unpacked = gzip.decompress(b64decode(packed["body"])).decode()
    assert unpacked.splitlines()[0] == plain["body"].splitlines()[0] == "<!doctype html>"
