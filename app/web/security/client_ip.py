"""Where a request comes from, as far as it can be believed."""

from ipaddress import ip_address
from typing import Any

from fastapi import Request

from app.customers.magic_links import Network


def client_network(request: Request) -> Network:
    """CloudFront adds the viewer's address to X-Forwarded-For, and API Gateway adds CloudFront's.

    So the last but one is the viewer; what stands before it anybody may have written there.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
    """
    seen = _as_api_gateway_saw_it(request)
    passed = [it.strip() for it in request.headers.get("x-forwarded-for", "").split(",")]
    if len(passed) > 1 and passed[-1] == seen and _is_address(passed[-2]):
        return Network(passed[-2], edge=seen)
    return Network(seen)


def _as_api_gateway_saw_it(request: Request) -> str:
    event: dict[str, Any] = request.scope.get("aws.event") or {}
    source = event.get("requestContext", {}).get("http", {}).get("sourceIp")
    return str(source or (request.client.host if request.client else "unknown"))


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False
