"""The deployed API is reachable through the proxy (on AWS: CloudFront) only."""

import json

import httpx
import pytest

from app.settings import settings
from app.web.security.origin import ORIGIN_HEADER
from tests.fake_clouds import DeployedShop


def api_of(shop: DeployedShop) -> str:
    return f"{shop.cloud.url}/_aws/execute-api/{shop.outputs['ApiId']}/$default"


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/products"])
def test_the_apis_own_address_answers_403(shop: DeployedShop, path: str) -> None:
    direct = httpx.get(f"{api_of(shop)}{path}", timeout=60)
    through_proxy = httpx.get(f"{shop.url}{path}", timeout=60)

    assert (direct.status_code, direct.text) == (403, "Forbidden")
    assert through_proxy.status_code == 200


def test_proxy_replaces_the_header_of_a_client(shop: DeployedShop) -> None:
    response = httpx.get(f"{shop.url}/healthz", headers={ORIGIN_HEADER: "forged"}, timeout=60)

    assert response.status_code == 200
    assert ORIGIN_HEADER.lower() not in response.headers


def test_deployed_function_has_the_generated_secret(shop: DeployedShop) -> None:
    (value,) = json.loads(settings().origin_secret).values()

    assert len(value) == 64
