"""Static files and media, as CloudFront would serve them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.cloud import LocalCloud
from infra.local.front_door import FrontDoor
from tests.unit.infra.visitor import Visitor

MEDIA = "front-door-media"


@pytest.fixture
def visitor(cloud: LocalCloud, tmp_path: Path) -> Iterator[Visitor]:
    static = tmp_path / "frontend/static"
    (static / "fonts").mkdir(parents=True)
    (static / "shop.css").write_text("a {}")
    (static / "fonts/fraunces.woff2").write_bytes(b"font")
    (tmp_path / "secret.txt").write_text("not for visitors")
    door = FrontDoor(cloud, root=tmp_path)
    s3 = cloud.client("s3")
    region = {"LocationConstraint": "eu-central-1"}
    s3.create_bucket(Bucket=MEDIA, CreateBucketConfiguration=region)
    s3.put_object(Bucket=MEDIA, Key="media/vase/1/240.webp", Body=b"webp", ContentType="image/webp")
    door.lead_to("no-api", MEDIA)
    yield Visitor(door.app)
    s3.delete_object(Bucket=MEDIA, Key="media/vase/1/240.webp")
    s3.delete_bucket(Bucket=MEDIA)


@pytest.mark.parametrize(
    ("path", "kind"), [("shop.css", "text/css"), ("fonts/fraunces.woff2", "font/woff2")]
)
def test_a_static_file_is_served_under_any_version(visitor: Visitor, path: str, kind: str) -> None:
    answer = visitor.get(f"/static/0123456789/{path}")

    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["%2e%2e/%2e%2e/secret.txt", "..%2f..%2fsecret.txt", "fonts", ""])
def test_nothing_else_of_the_disk_is_served(visitor: Visitor, path: str) -> None:
    assert visitor.get(f"/static/1/{path}").status_code == 404


def test_a_picture_comes_from_the_bucket_and_may_do_nothing(visitor: Visitor) -> None:
    answer = visitor.get("/media/vase/1/240.webp")

    assert (answer.content, answer.headers["content-type"]) == (b"webp", "image/webp")
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in answer.headers["cache-control"]


def test_an_unknown_picture_is_not_found(visitor: Visitor) -> None:
    assert visitor.get("/media/vase/2/240.webp").status_code == 404


def test_before_the_first_deploy_visitors_are_asked_to_wait(cloud: LocalCloud) -> None:
    visitor = Visitor(FrontDoor(cloud).app)

    assert visitor.get("/").status_code == visitor.get("/media/vase").status_code == 502


def test_styles_and_scripts_travel_packed_and_fonts_as_they_are(
    visitor: Visitor, tmp_path: Path
) -> None:
    static = tmp_path / "frontend/static"
    (static / "shop.css").write_text("a { color: inherit }\n" * 100)
    (static / "fonts/fraunces.woff2").write_bytes(b"font" * 500)

    style = visitor.get("/static/1/shop.css")
    font = visitor.get("/static/1/fonts/fraunces.woff2")

    assert style.headers["content-encoding"] == "gzip"
    assert int(style.headers["content-length"]) < len(style.content)
    assert "content-encoding" not in font.headers
