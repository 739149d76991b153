"""What customers load: pages, styles, thumbnails, and nothing around CloudFront."""

import httpx
import pytest

from infra.local.form_client import Shopper
from infra.ops.deployed_stack import DeployedStack
from infra.ops.public_checks import check_shop
from tests.aws.api_client import ApiClient


def test_pages_styles_headers_and_cart_work(stack: DeployedStack) -> None:
    checks = check_shop(Shopper(stack.outputs()["BaseUrl"]))

    assert {it.name: it.problem for it in checks if it.problem} == {}


def test_uploaded_images_have_thumbnails(api: ApiClient) -> None:
    """Seeding uploads them by presigned forms; the thumbnail function writes what pages show."""
    images = [it for product in api.products() for it in product["images"]]
    if not images:
        pytest.skip("needs images: run `shop aws seed`")
    answers = [api.http.get(it["url"]) for it in images[:5]]

    assert {it.status_code for it in answers} == {200}
    assert {it.headers["content-type"].partition("/")[0] for it in answers} == {"image"}


@pytest.mark.usefixtures("real_aws")
def test_api_refuses_requests_around_cloudfront(stack: DeployedStack) -> None:
    """Only CloudFront, or the proxy in its place, knows the origin secret."""
    api_id = stack.outputs()["ApiId"]
    api = stack.client("apigatewayv2").get_api(ApiId=api_id)

    answer = httpx.get(f"{api['ApiEndpoint']}/products", timeout=30)

    assert answer.status_code == 403
