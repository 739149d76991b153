from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi.testclient import TestClient

from app.aws.s3 import read_upload
from app.catalog.catalog_cache import whole_catalogue
from app.catalog.image_uploads import Finished, Upload, ask_for, finish, refuse, upload_key
from app.catalog.models import Picture, Product
from app.settings import settings
from tests.builders import NOON, a_product
from tests.unit.app.web.pages import PART, form_for_s3, typed, words

SCRIPT = {"Accept": "application/json"}
A_PICTURE = {"alt": "A jar, seen from above", "kind": "image/webp"}


@pytest.fixture
def product(merchant: TestClient) -> Iterator[Product]:
    product = a_product()
    yield product
    for picture in _pictures(product):
        picture.delete()


def _pictures(product: Product) -> tuple[Picture, ...]:
    return whole_catalogue(NOON).piece(product.slug).pictures


def _path(product: Product, rest: str = "") -> str:
    return f"/desk/products/{product.slug}{rest}"


def _upload(product: Product) -> Upload:
    return Upload(product.slug, _pictures(product)[0].picture_id, "1".rjust(32, "0"))


def test_without_javascript_a_second_page_sends_the_file_to_s3_and_leads_back(
    merchant: TestClient, product: Product
) -> None:
    asked = merchant.post(_path(product, "/pictures"), data=A_PICTURE)
    second = merchant.get(asked.headers["location"])

    url, fields = form_for_s3(second.text)
    sent = httpx.post(url, data=fields, files={"file": b"what a camera makes"})

    assert asked.status_code == 303
    assert sent.status_code == 303
    assert sent.headers["location"].startswith(settings().base_url + _path(product) + "?")
    (picture,) = _pictures(product)
    assert read_upload(upload_key(product.slug, picture.picture_id)) == b"what a camera makes"


def test_a_script_is_given_the_form_at_once(merchant: TestClient, product: Product) -> None:
    answer = merchant.post(_path(product, "/pictures"), data=A_PICTURE, headers=SCRIPT)

    form = answer.json()
    sent = httpx.post(form["url"], data=form["fields"], files={"file": b"bytes"})

    assert (answer.status_code, sent.status_code) == (201, 204)
    assert form["again"] == _path(product, f"/pictures/{_pictures(product)[0].picture_id}")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("alt", ""),
        ("alt", "x" * 301),
        ("kind", "image/svg+xml"),
        ("kind", "text/html"),
        ("kind", ""),
        ("size", "0"),
        ("size", str(11 * 2**20)),
    ],
)
def test_what_will_not_do_is_said_before_anything_is_sent(
    merchant: TestClient, product: Product, field: str, value: str
) -> None:
    form = {**A_PICTURE, field: value}

    page = merchant.post(_path(product, "/pictures"), data=form)
    told = merchant.post(_path(product, "/pictures"), data=form, headers=SCRIPT)

    assert (page.status_code, told.status_code) == (422, 422)
    assert field in told.json()["errors"]
    assert typed(page)["alt"] == form["alt"]
    assert not _pictures(product)


@pytest.mark.parametrize("changes", [{"key": "incoming/x/y"}, {"Content-Type": "text/html"}])
def test_s3_takes_nothing_but_what_the_form_says(
    merchant: TestClient, product: Product, changes: dict[str, str]
) -> None:
    form = merchant.post(_path(product, "/pictures"), data=A_PICTURE, headers=SCRIPT).json()

    sent = httpx.post(form["url"], data=form["fields"] | changes, files={"file": b"bytes"})

    assert sent.status_code == 403


def test_s3_leads_nowhere_but_back(merchant: TestClient, product: Product) -> None:
    asked = merchant.post(_path(product, "/pictures"), data=A_PICTURE)
    url, fields = form_for_s3(merchant.get(asked.headers["location"]).text)
    elsewhere = fields | {"success_action_redirect": "https://evil.example/"}

    assert httpx.post(url, data=elsewhere, files={"file": b"bytes"}).status_code == 403
    assert httpx.post(url, data=fields, files={"file": b"bytes"}).status_code == 303


def test_a_picture_that_is_awaited_asks_again_until_it_is_ready(
    merchant: TestClient, product: Product
) -> None:
    merchant.post(_path(product, "/pictures"), data=A_PICTURE)
    waiting = merchant.get(_path(product), headers=PART).text

    finish(_upload(product), Finished("v1", 800, 1000))
    ready = merchant.get(_path(product), headers=PART).text

    assert waiting.lstrip().startswith('<ul id="pictures"')
    assert "every 2s" in waiting
    assert "every 2s" not in ready
    assert "/v1/480.webp" in ready


def test_a_refused_picture_says_why_and_takes_another_file(
    merchant: TestClient, product: Product
) -> None:
    merchant.post(_path(product, "/pictures"), data=A_PICTURE)
    refuse(_upload(product), "This is not a picture.")

    page = merchant.get(_path(product))
    again = _path(product, f"/pictures/{_pictures(product)[0].picture_id}")
    form = merchant.get(again)
    merchant.post(again, data=A_PICTURE)

    assert "Refused: This is not a picture." in words(page)
    assert "every 2s" not in page.text
    assert typed(form)["alt"] == A_PICTURE["alt"]
    assert [picture.state for picture in _pictures(product)] == ["waiting"]


def test_an_upload_that_never_came_is_no_longer_waited_for(
    merchant: TestClient, product: Product
) -> None:
    ask_for(product.slug, "never", "A jar", now=datetime.now(UTC) - timedelta(hours=1))

    page = merchant.get(_path(product))

    assert "No file ever came." in words(page)
    assert "every 2s" not in page.text


@pytest.mark.parametrize("rest", ["/pictures/unknown", "/pictures/unknown?kind=image/png"])
def test_a_picture_of_another_product_is_not_found(
    merchant: TestClient, product: Product, rest: str
) -> None:
    assert merchant.get(_path(product, rest)).status_code == 404
    assert merchant.post(_path(product, rest), data=A_PICTURE).status_code == 404
