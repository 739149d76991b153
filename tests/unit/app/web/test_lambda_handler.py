"""The Lambda handler: HTTP API events in, responses out, one log line each."""

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
from tests.builders import a_product


def a_request(path: str = "/healthz", query: str = "") -> dict[str, Any]:
    """An event of API Gateway's HTTP API, payload version 2.0."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "shop.example"},
        "requestContext": {
            "http": {"method": "GET", "path": path, "sourceIp": "192.0.2.1"},
            "stage": "$default",
            "requestId": "JKJaXmPLvHcESHA=",
        },
        "isBase64Encoded": False,
    }


def test_handler_responds_and_logs_exactly_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    response = handler(a_request(), None)

    assert response["statusCode"] == 200
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    line = json.loads(lines[0])
    assert (line["method"], line["route"], line["status"]) == ("GET", "/healthz", 200)
    assert line["ms"] > 0
    assert line["request_id"] == "JKJaXmPLvHcESHA="


def test_access_log_contains_the_route_template_and_no_request_data(
    tables: LocalCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    handler(a_request("/orders/01J00000000000000000000000", "key=very-secret"), None)

    line = capsys.readouterr().err
    assert '"/orders/{order_id}"' in line
    assert "very-secret" not in line
    assert "01J0000" not in line
    assert "192.0.2.1" not in line


def test_language_prefix_works_through_api_gateway(tables: LocalCloud) -> None:
    response = handler(a_request("/de/products"), None)

    assert response["statusCode"] == 200
    assert response["headers"]["content-language"] == "de"
    assert handler(a_request("/de/admin"), None)["statusCode"] == 404


@pytest.mark.parametrize("event", [{}, {"version": "1.0"}, {"version": "2.0"}, {"Records": []}])
def test_handler_rejects_an_event_that_is_no_http_request(event: dict[str, Any]) -> None:
    assert handler(event, None)["statusCode"] == 400


def test_handler_rejects_a_body_that_is_not_base64_as_declared() -> None:
    event = a_request("/cart") | {"body": "sku=ü", "isBase64Encoded": True}
    event["requestContext"]["http"]["method"] = "POST"

    assert handler(event, None)["statusCode"] in (400, 415)


def test_handler_runs_a_request_without_a_thread(tables: LocalCloud) -> None:
    before = set(threading.enumerate())

    handler(a_request("/cart"), None)

    assert set(threading.enumerate()) == before


def test_another_server_in_the_process_keeps_its_threads() -> None:
    async def thread_id() -> int:
        return await anyio.to_thread.run_sync(threading.get_ident)

    with closing(asyncio.new_event_loop()) as loop:  # `asyncio.run` would remove Mangum's loop
        assert loop.run_until_complete(thread_id()) != threading.get_ident()


def test_a_page_is_gzipped_for_a_client_that_accepts_it() -> None:
    request = a_request("/sign-in")
    plain = handler(request, None)
    compressed = handler(
        request | {"headers": {"host": "shop.example", "accept-encoding": "gzip"}}, None
    )

    assert compressed["headers"]["content-encoding"] == "gzip"
    assert compressed["isBase64Encoded"]
    html = gzip.decompress(b64decode(compressed["body"])).decode()
    assert html.splitlines()[0] == plain["body"].splitlines()[0] == "<!doctype html>"


def test_search_suggestions_reach_the_page_through_the_function(tables: LocalCloud) -> None:
    """The function's headers are lists, those of a test client tuples."""
    a_product(title="Suggested bowl")
    event = a_request("/search", "q=suggested+bowl")
    event["headers"] |= {"hx-request-type": "partial", "hx-target": "ul#suggestions"}

    body = handler(event, None)["body"]

    assert 'role="option"' in body
    assert "<form" not in body
