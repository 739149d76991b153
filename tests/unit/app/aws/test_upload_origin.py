"""On AWS the form, the CSP, and the bucket's CORS rule and policy name one origin in every region.

The local cloud has one origin for everything, so it cannot show a difference.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from app.aws.clients import _session, client
from app.aws.s3 import image_upload_form
from app.settings import Settings, settings
from app.web.security.headers import content_security_policy
from infra.aws.regions import SUPPORTED_REGIONS
from infra.build.bundles import ROOT
from infra.local.packaging import read_template
from tests.template_lint.resolver import Resolver

BASE_URL = "https://shop.example"


@pytest.fixture(params=SUPPORTED_REGIONS)
def region(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """This process signs for AWS in one region, as a function does there."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_DEFAULT_REGION", request.param)
    for name, value in admin_environment(request.param).items():
        monkeypatch.setenv(name, value)
    clear_caches()
    yield request.param
    clear_caches()


def clear_caches() -> None:
    for cached in (settings, client, _session):
        cached.cache_clear()


@cache
def resource(region: str, logical_id: str) -> Any:
    """The properties of a resource as in this region."""
    template = read_template(ROOT / "infra/template.yaml")
    resolver = Resolver(template, {"AWS::Region": region, "ProxyUrl": BASE_URL})
    return resolver.resolve(template["Resources"][logical_id]["Properties"])


def admin_environment(region: str) -> dict[str, str]:
    variables = resource(region, "AdminFunction")["Environment"]["Variables"]
    return {name: variables[name] for name in ("UPLOAD_ORIGIN", "UPLOAD_BUCKET")}


def statement_conditions(region: str) -> Any:
    policy = resource(region, "UploadBucketPolicy")["PolicyDocument"]
    return [it["Condition"] for it in policy["Statement"]]


def test_upload_form_posts_to_the_origin_that_pages_allow(region: str) -> None:
    form = image_upload_form("pot", "image", "image/jpeg")

    origin = form["url"].rstrip("/")
    bucket = resource(region, "UploadBucket")["BucketName"]
    assert origin == f"https://{bucket}.s3.{region}.amazonaws.com"
    policy = content_security_policy(Settings(upload_origin=settings().upload_origin))
    for directive in ("connect-src", "form-action"):
        assert f"{directive} 'self' {origin};" in f"{policy};"


def test_upload_form_is_signed_with_version_4(region: str) -> None:
    fields = image_upload_form("pot", "image", "image/jpeg")["fields"]

    assert fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    assert fields["x-amz-credential"].split("/")[2:] == [region, "s3", "aws4_request"]


def test_bucket_accepts_posts_of_the_site_over_tls(region: str) -> None:
    (rule,) = resource(region, "UploadBucket")["CorsConfiguration"]["CorsRules"]

    assert (rule["AllowedOrigins"], rule["AllowedMethods"]) == ([BASE_URL], ["POST"])
    assert settings().upload_origin.startswith("https://")
    assert statement_conditions(region) == [{"Bool": {"aws:SecureTransport": "false"}}]
