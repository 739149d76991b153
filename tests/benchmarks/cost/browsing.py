"""An HTTP client that invokes the web function directly, with events of API Gateway's HTTP API."""

from base64 import b64decode
from typing import Any

import httpx

from tests.benchmarks.cost.cloud import CountingCloud

BASE_URL = "http://localhost:8000"
AN_ADDRESS = "192.0.2.1"


class GatewayTransport(httpx.BaseTransport):
    """Converts requests to events and results to responses, and counts both."""

    def __init__(self, cloud: CountingCloud, source_ip: str = AN_ADDRESS) -> None:
        self._cloud, self._source_ip = cloud, source_ip

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        meter = self._cloud.meter
        meter.add("api_requests")
        if self._cloud.design.has_cdn:
            meter.add("cdn_requests")
        result = self._cloud.invoke(
            "web", self._cloud.design.web, api_gateway_event(request, self._source_ip)
        )
        body = result.get("body") or ""
        content = b64decode(body) if result.get("isBase64Encoded") else body.encode()
        meter.add("bytes_out", len(content))
        cookies = [("set-cookie", it) for it in result.get("cookies", ())]
        headers = [*result.get("headers", {}).items(), *cookies]
        return httpx.Response(result["statusCode"], headers=headers, content=content)


def api_gateway_event(request: httpx.Request, source_ip: str = AN_ADDRESS) -> dict[str, Any]:
    """Payload version 2.0 with every field that AWS sends, since the twin logs it."""
    path, query = request.url.path, request.url.query.decode()
    headers = {name.lower(): value for name, value in request.headers.items() if name != "cookie"}
    cookies = request.headers.get("cookie", "")
    body = request.read().decode()
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "cookies": cookies.split("; ") if cookies else [],
        "headers": headers | {"x-amzn-trace-id": "Root=1-6746b2a1-0123456789abcdef01234567"},
        "requestContext": _context(request.method, path, source_ip),
        **({"body": body} if body else {}),
        "isBase64Encoded": False,
    }


def _context(method: str, path: str, source_ip: str) -> dict[str, Any]:
    return {
        "accountId": "123456789012",
        "apiId": "abcdefghij",
        "domainName": "abcdefghij.execute-api.us-east-1.amazonaws.com",
        "domainPrefix": "abcdefghij",
        "http": {
            "method": method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": source_ip,
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
        },
        "requestId": "JKJaXmPLvHcESHA=",
        "routeKey": "$default",
        "stage": "$default",
        "time": "27/Nov/2026:12:00:00 +0000",
        "timeEpoch": 1795780800000,
    }


def a_browser(cloud: CountingCloud) -> httpx.Client:
    headers = {
        "Origin": BASE_URL,
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    }
    return httpx.Client(base_url=BASE_URL, transport=GatewayTransport(cloud), headers=headers)
