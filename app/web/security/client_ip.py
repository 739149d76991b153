"""The client's IP address, for rate limits."""

from ipaddress import ip_address
from typing import Any

from fastapi import Request

from app.customers.magic_links import Network


def client_network(request: Request) -> Network:
    """The viewer's address, which is the last but one in ``X-Forwarded-For`` behind CloudFront.

    CloudFront appends the viewer's address, and API Gateway appends CloudFront's. Everything in
    front of these two may be spoofed by the client.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
    """
    source_ip = _source_ip(request)
    forwarded = [ip.strip() for ip in request.headers.get("x-forwarded-for", "").split(",")]
    if len(forwarded) > 1 and forwarded[-1] == source_ip and _is_ip_address(forwarded[-2]):
        return Network(forwarded[-2], edge=source_ip)
    return Network(source_ip)


def _source_ip(request: Request) -> str:
    """The address of the TCP connection, as API Gateway (or the local server) saw it."""
    event: dict[str, Any] = request.scope.get("aws.event") or {}
    source_ip = event.get("requestContext", {}).get("http", {}).get("sourceIp")
    return str(source_ip or (request.client.host if request.client else "unknown"))


def _is_ip_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False
