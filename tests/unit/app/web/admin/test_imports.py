import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from httpx import Response
from ulid import ULID

from app.aws.s3 import MAX_REPORTED_BYTES, read_upload
from app.catalog.catalog_cache import read_full_catalog
from app.catalog.imports.jobs import find_import, product_results
from app.catalog.imports.models import IMPORTS_ID, MAX_FILE_BYTES, ImportJob, import_key
from app.catalog.imports.processing import process_file
from app.settings import settings
from tests.builders import LambdaContextStub, a_product
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import FRAGMENT_HEADERS, heading, page_text, s3_form
from workers.imports import handler


def _create(merchant: TestClient) -> str:
    answer = merchant.post("/admin/imports")
    assert answer.status_code == 303
    return str(answer.headers["location"]).rpartition("/")[2]


def _import(merchant: TestClient, content: bytes) -> str:
    import_id = _create(merchant)
    process_file(find_import(import_id), content, "A1", now=datetime.now(UTC))
    return import_id


def _report(merchant: TestClient, import_id: str, **options: Any) -> Response:
    answer: Response = merchant.get(f"/admin/imports/{import_id}/report", **options)
    return answer


def _upload(merchant: TestClient, import_id: str, content: bytes, **changed: str) -> Response:
    url, fields = s3_form(merchant.get(f"/admin/imports/{import_id}").text)
    return httpx.post(url, data=fields | changed, files={"file": ("products.csv", content)})


def test_upload_form_sends_the_file_to_s3_and_returns_to_the_report(merchant: TestClient) -> None:
    import_id = _create(merchant)

    uploaded = _upload(merchant, import_id, b"slug,price\n")

    assert uploaded.status_code == 303
    assert f"/admin/imports/{import_id}/report" in uploaded.headers["location"]
    assert read_upload(import_key(import_id)) == b"slug,price\n"


@pytest.mark.parametrize("changed", [{"key": "imports/another"}, {"Content-Type": "text/html"}])
def test_s3_rejects_an_upload_whose_fields_were_changed(
    merchant: TestClient, changed: dict[str, str]
) -> None:
    answer = _upload(merchant, _create(merchant), b"slug\n", **changed)

    assert answer.status_code in (400, 403)


@pytest.mark.parametrize(
    ("size", "reason"),
    [(0, "The file is empty."), (MAX_FILE_BYTES + 1, "The file is larger than 2 MB.")],
)
def test_empty_or_too_large_file_leads_to_the_report_and_its_reason(
    merchant: TestClient, size: int, reason: str
) -> None:
    """Without JavaScript, a refusal of S3 would show its XML instead of a page."""
    import_id = _create(merchant)

    uploaded = _upload(merchant, import_id, bytes(size))
    key = import_key(import_id)
    handler({"Records": [{"s3": {"object": {"key": key, "sequencer": "A1"}}}]}, LambdaContextStub())

    assert uploaded.status_code == 303
    report = merchant.get(uploaded.headers["location"].removeprefix(settings().base_url))
    assert reason in page_text(report)


def test_upload_form_bounds_what_s3_accepts(merchant: TestClient) -> None:
    _, fields = s3_form(merchant.get(f"/admin/imports/{_create(merchant)}").text)

    policy = json.loads(b64decode(fields["policy"]))

    assert ["content-length-range", 0, MAX_REPORTED_BYTES] in policy["conditions"]


def test_report_polls_until_the_import_is_finished(merchant: TestClient) -> None:
    product = a_product()
    import_id = _create(merchant)

    assert 'hx-trigger="every 2s"' in _report(merchant, import_id).text
    content = f"slug,price\n{product.slug},29.00\n{product.slug}-x,29.00".encode()
    process_file(find_import(import_id), content, "A1", now=datetime.now(UTC))

    fragment = _report(merchant, import_id, headers=FRAGMENT_HEADERS)
    assert fragment.text.lstrip().startswith('<section id="report"')
    assert "every 2s" not in fragment.text
    assert "Import completed with 1 invalid row" in page_text(fragment)
    assert f"/admin/products/{product.slug}" in fragment.text


def test_report_names_row_and_column_of_each_error(merchant: TestClient) -> None:
    import_id = _import(merchant, f"slug,price\n{a_product().slug},=1+1\n".encode())

    page = page_text(_report(merchant, import_id))
    file = merchant.get(f"/admin/imports/{import_id}/report.csv")

    assert "Enter a price like 48.00" in page
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert ",invalid,price," in file.text


def test_report_of_a_rejected_file_has_the_reason(merchant: TestClient) -> None:
    import_id = _import(merchant, b"PK\x03\x04")

    report = _report(merchant, import_id)

    assert heading(report) == "The file was rejected"
    assert "“CSV UTF-8”" in page_text(report)
    assert "“CSV UTF-8”" in merchant.get(f"/admin/imports/{import_id}/report.csv").text


def test_markup_in_a_file_is_escaped(merchant: TestClient) -> None:
    import_id = _import(merchant, b"slug,title\nx,<img src=x onerror=alert(1)>\n")

    assert "<img src=x" not in _report(merchant, import_id).text


def test_import_accepts_the_exported_file_unchanged(merchant: TestClient) -> None:
    product = a_product(title="=Größe, “2”", variants=2)
    exported = merchant.get("/admin/products.csv").content

    unchanged = product_results(_import(merchant, exported))
    edited = exported.replace("'=Größe".encode(), b"Size")
    results = product_results(_import(merchant, edited))

    assert {result.outcome for result in unchanged} == {"unchanged"}
    assert [result.slug for result in results if result.outcome == "updated"] == [product.slug]
    catalog = read_full_catalog(datetime.now(UTC))
    assert catalog.entry(product.slug).product.title == "Size, “2”"


def test_import_without_a_file_times_out(merchant: TestClient) -> None:
    job = ImportJob(IMPORTS_ID, str(ULID()), by=MERCHANT)
    job.requested_at = datetime.now(UTC) - timedelta(minutes=8)
    job.save()

    report = _report(merchant, job.import_id)

    assert heading(report) == "No file was received"
    assert "every 2s" not in report.text
    assert "no file received" in page_text(merchant.get("/admin/imports"))


def test_upload_form_redirects_to_the_report_once_a_file_was_processed(
    merchant: TestClient,
) -> None:
    import_id = _import(merchant, b"")

    answer = merchant.get(f"/admin/imports/{import_id}")

    assert answer.headers["location"] == f"/admin/imports/{import_id}/report"


@pytest.mark.parametrize("import_id", ["0" * 26, "x", "x" * 3_000])
def test_unknown_import_is_not_found(merchant: TestClient, import_id: str) -> None:
    assert _report(merchant, import_id).status_code == 404
