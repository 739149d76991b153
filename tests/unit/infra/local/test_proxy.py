"""Static files and media, served as CloudFront does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.cloud import LocalCloud
from infra.local.proxy import LocalProxy
from tests.unit.infra.visitor import Visitor

MEDIA = "proxy-test-media"


@pytest.fixture
def visitor(cloud: LocalCloud, tmp_path: Path) -> Iterator[Visitor]:
    static = tmp_path / "frontend/static"
    (static / "fonts").mkdir(parents=True)
    (static / "shop.css").write_text("a {}")
    (static / "fonts/fraunces.woff2").write_bytes(b"font")
    (tmp_path / "secret.txt").write_text("not for visitors")
    proxy = LocalProxy(cloud, root=tmp_path)
    s3 = cloud.client("s3")
    region = {"LocationConstraint": "eu-central-1"}
    s3.create_bucket(Bucket=MEDIA, CreateBucketConfiguration=region)
    s3.put_object(Bucket=MEDIA, Key="media/vase/1/240.webp", Body=b"webp", ContentType="image/webp")
    proxy.set_origins("no-api", MEDIA)
    yield Visitor(proxy.app)
    s3.delete_object(Bucket=MEDIA, Key="media/vase/1/240.webp")
    s3.delete_bucket(Bucket=MEDIA)


@pytest.mark.parametrize(
    ("path", "kind"), [("shop.css", "text/css"), ("fonts/fraunces.woff2", "font/woff2")]
)
def test_static_file_is_served_under_any_version(visitor: Visitor, path: str, kind: str) -> None:
    response = visitor.get(f"/static/0123456789/{path}")

    assert response.headers["content-type"].startswith(kind)
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["%2e%2e/%2e%2e/secret.txt", "..%2f..%2fsecret.txt", "fonts", ""])
def test_other_files_are_not_served(visitor: Visitor, path: str) -> None:
    assert visitor.get(f"/static/1/{path}").status_code in {400, 404}


def test_media_file_is_served_sandboxed_and_cached(visitor: Visitor) -> None:
    response = visitor.get("/media/vase/1/240.webp")

    assert (response.content, response.headers["content-type"]) == (b"webp", "image/webp")
    assert response.headers["content-security-policy"] == "sandbox"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in response.headers["cache-control"]


def test_unknown_media_file_is_not_found(visitor: Visitor) -> None:
    assert visitor.get("/media/vase/2/240.webp").status_code == 404


def test_before_the_first_deployment_a_starting_page_is_served(cloud: LocalCloud) -> None:
    visitor = Visitor(LocalProxy(cloud).app)

    assert visitor.get("/").status_code == visitor.get("/media/vase").status_code == 502


def test_stylesheets_are_compressed_and_fonts_are_not(visitor: Visitor, tmp_path: Path) -> None:
    static = tmp_path / "frontend/static"
    (static / "shop.css").write_text("a { color: inherit }\n" * 100)
    (static / "fonts/fraunces.woff2").write_bytes(b"font" * 500)

    style = visitor.get("/static/1/shop.css")
    font = visitor.get("/static/1/fonts/fraunces.woff2")

    assert style.headers["content-encoding"] == "gzip"
    assert int(style.headers["content-length"]) < len(style.content)
    assert "content-encoding" not in font.headers
