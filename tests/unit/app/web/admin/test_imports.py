from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from httpx import Response
from ulid import ULID

from app.aws.s3 import read_upload
from app.catalog.catalog_cache import whole_catalogue
from app.catalog.imports.jobs import find_import, outcomes
from app.catalog.imports.processing import take_in
from app.catalog.imports.rows import IMPORTS, LARGEST_FILE, Import, import_key
from tests.builders import a_product
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import PART, form_for_s3, heading, words


def _asked(merchant: TestClient) -> str:
    answer = merchant.post("/desk/imports")
    assert answer.status_code == 303
    return str(answer.headers["location"]).rpartition("/")[2]


def _read(merchant: TestClient, content: bytes) -> str:
    import_id = _asked(merchant)
    take_in(find_import(import_id), content, "A1", now=datetime.now(UTC))
    return import_id


def _report(merchant: TestClient, import_id: str, **options: Any) -> Response:
    answer: Response = merchant.get(f"/desk/imports/{import_id}/report", **options)
    return answer


def _sent(merchant: TestClient, import_id: str, content: bytes, **changed: str) -> Response:
    url, fields = form_for_s3(merchant.get(f"/desk/imports/{import_id}").text)
    return httpx.post(url, data=fields | changed, files={"file": ("products.csv", content)})


def test_a_form_sends_the_file_straight_to_s3_and_leads_back_to_the_report(
    merchant: TestClient,
) -> None:
    import_id = _asked(merchant)

    sent = _sent(merchant, import_id, b"slug,price\n")

    assert sent.status_code == 303
    assert f"/desk/imports/{import_id}/report" in sent.headers["location"]
    assert read_upload(import_key(import_id)) == b"slug,price\n"


@pytest.mark.parametrize("changed", [{"key": "imports/another"}, {"Content-Type": "text/html"}])
def test_the_form_takes_nothing_else(merchant: TestClient, changed: dict[str, str]) -> None:
    assert _sent(merchant, _asked(merchant), b"slug\n", **changed).status_code in (400, 403)


@pytest.mark.parametrize("size", [0, LARGEST_FILE + 1])
def test_the_form_takes_no_file_that_is_empty_or_too_large(merchant: TestClient, size: int) -> None:
    assert _sent(merchant, _asked(merchant), bytes(size)).status_code in (400, 403)


def test_the_report_asks_for_itself_until_it_is_final(merchant: TestClient) -> None:
    product = a_product()
    import_id = _asked(merchant)

    assert 'hx-trigger="every 2s"' in _report(merchant, import_id).text
    take_in(
        find_import(import_id),
        f"slug,price\n{product.slug},29.00\n{product.slug}-x,29.00".encode(),
        "A1",
        now=datetime.now(UTC),
    )

    part = _report(merchant, import_id, headers=PART)
    assert part.text.lstrip().startswith('<section id="report"')
    assert "every 2s" not in part.text
    assert "Done, but for 1 row" in words(part)
    assert f"/desk/products/{product.slug}" in part.text


def test_each_wrong_cell_is_told_with_its_row_and_column(merchant: TestClient) -> None:
    import_id = _read(merchant, f"slug,price\n{a_product().slug},=1+1\n".encode())

    page = words(_report(merchant, import_id))
    file = merchant.get(f"/desk/imports/{import_id}/report.csv")

    assert "Please write it like 48.00" in page
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert ",wrong,price," in file.text


def test_a_refused_file_says_why(merchant: TestClient) -> None:
    import_id = _read(merchant, b"PK\x03\x04")

    report = _report(merchant, import_id)

    assert heading(report) == "We cannot use this file"
    assert "Save it as “CSV UTF-8” first." in words(report)
    assert "Save it as" in merchant.get(f"/desk/imports/{import_id}/report.csv").text


def test_what_stands_in_a_file_stays_text(merchant: TestClient) -> None:
    import_id = _read(merchant, b"slug,title\nx,<img src=x onerror=alert(1)>\n")

    assert "<img src=x" not in _report(merchant, import_id).text


def test_what_the_export_writes_the_import_takes(merchant: TestClient) -> None:
    product = a_product(title="=Größe, “2”", variants=2)
    exported = merchant.get("/desk/products.csv").content

    import_id = _read(merchant, exported)

    told = {one.slug: one.became for one in outcomes(import_id)}
    assert set(told.values()) == {"unchanged"}
    changed = exported.replace("'=Größe".encode(), b"Size")
    import_id = _read(merchant, changed)
    assert {one.slug for one in outcomes(import_id) if one.became == "changed"} == {product.slug}
    assert whole_catalogue(datetime.now(UTC)).piece(product.slug).product.title == "Size, “2”"


def test_a_file_that_never_came_is_given_up(merchant: TestClient) -> None:
    it = Import(IMPORTS, str(ULID()), by=MERCHANT)
    it.asked_at = datetime.now(UTC) - timedelta(minutes=8)
    it.save()

    report = _report(merchant, it.import_id)

    assert heading(report) == "No file was read"
    assert "every 2s" not in report.text
    assert "never came" in words(merchant.get("/desk/imports"))


def test_once_a_file_has_come_there_is_a_report_and_no_form(merchant: TestClient) -> None:
    import_id = _read(merchant, b"")

    answer = merchant.get(f"/desk/imports/{import_id}")

    assert answer.headers["location"] == f"/desk/imports/{import_id}/report"


@pytest.mark.parametrize("import_id", ["0" * 26, "x", "x" * 3_000])
def test_an_import_that_is_none_is_not_found(merchant: TestClient, import_id: str) -> None:
    assert _report(merchant, import_id).status_code == 404
