"""What customers load: pages, styles, thumbnails, and nothing around CloudFront."""

from functools import partial

import httpx
import pytest
from ulid import ULID

from infra.local.form_client import Shopper
from infra.ops.deployed_stack import DeployedStack
from infra.ops.public_checks import check_shop
from tests.aws.api_client import ApiClient, wait_until
from tests.aws.merchant import Merchant
from tests.sample_images import a_jpeg


def image_of(api: ApiClient, slug: str, alt: str) -> str:
    """The address of a product's image; empty until it has thumbnails."""
    images = next(it["images"] for it in api.products() if it["slug"] == slug)
    return next((str(it["url"]) for it in images if it["alt"] == alt), "")


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


def test_image_that_a_merchant_uploads_gets_thumbnails(api: ApiClient, merchant: Merchant) -> None:
    """The browser posts the file to S3, and S3 invokes the thumbnail function."""
    slug, alt = api.products()[0]["slug"], f"A test image {ULID()}"
    path = merchant.upload_image(slug, alt, a_jpeg(900, 600))

    thumbnail = wait_until(partial(image_of, api, slug, alt), 120)

    answer = api.http.get(thumbnail)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    merchant.remove_image(path)
    wait_until(lambda: not image_of(api, slug, alt), 120)  # functions keep the catalog in memory


@pytest.mark.only_on_aws("has no CloudFront: see test_origin_secret.py")
def test_api_refuses_requests_around_cloudfront(stack: DeployedStack) -> None:
    """Only CloudFront, or the proxy in its place, knows the origin secret."""
    api_id = stack.outputs()["ApiId"]
    api = stack.client("apigatewayv2").get_api(ApiId=api_id)

    answer = httpx.get(f"{api['ApiEndpoint']}/products", timeout=30)

    assert answer.status_code == 403
