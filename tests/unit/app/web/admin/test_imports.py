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
    [(0, "The file is empty."), (MAX_FILE_BYTES + 1, "The file is larger than 20 MB.")],
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


# --- files of other programs ------------------------------------------------------------------

FOREIGN = "Artikel;Verkauf;Beschreibung\nKrug;54,5;<b>Fasst</b> viel.<script>alert(1)</script>\n"
MAPPED = {
    "column_0": "title",
    "column_1": "price",
    "column_2": "description",
    "category": "Küche",
    "has_headings": "yes",
}


def _work(import_id: str) -> None:
    """Deliver the notification of the newest object of this import."""
    record = {"s3": {"object": {"key": f"imports/{import_id}/continue", "sequencer": "B2"}}}
    handler({"Records": [record]}, LambdaContextStub())


def _foreign(merchant: TestClient, content: str = FOREIGN) -> str:
    import_id = _create(merchant)
    _upload(merchant, import_id, content.encode())
    key = import_key(import_id)
    handler({"Records": [{"s3": {"object": {"key": key, "sequencer": "A1"}}}]}, LambdaContextStub())
    return import_id


def _map(merchant: TestClient, import_id: str, **form: str) -> Response:
    answer: Response = merchant.post(f"/admin/imports/{import_id}/mapping", data=form)
    return answer


def _previewed(merchant: TestClient, content: str = FOREIGN, **form: str) -> tuple[str, Response]:
    import_id = _foreign(merchant, content)
    assert _map(merchant, import_id, **(MAPPED | form)).status_code == 303
    assert "Preparing the preview" in page_text(_report(merchant, import_id))
    _work(import_id)
    return import_id, _report(merchant, import_id)


def test_unknown_columns_lead_to_a_form_with_suggestions_and_first_values(
    merchant: TestClient,
) -> None:
    page = _report(merchant, _foreign(merchant))

    assert heading(page) == "Which column is which?"
    assert "54,5" in page_text(page)
    assert '<option value="title" selected>' in page.text
    assert "<script>alert" not in page.text
    assert "to be mapped" in page_text(merchant.get("/admin/imports"))


def test_preview_shows_what_would_be_added_and_writes_nothing(merchant: TestClient) -> None:
    import_id, page = _previewed(merchant)

    assert heading(page) == "Check the import"
    assert "Import 1 row" in page_text(page)
    assert product_results(import_id) == []
    assert all(it.product.slug != "krug" for it in read_full_catalog(datetime.now(UTC)).entries)


def test_confirmed_preview_is_imported_once(merchant: TestClient) -> None:
    import_id, _ = _previewed(merchant)
    form = {"mapping_id": find_import(import_id).mapping_id, "confirmed": "yes"}

    for _ in range(2):
        assert _map(merchant, import_id, **form).status_code == 303
        _work(import_id)

    assert "Imported 1 of 1 row" in page_text(_report(merchant, import_id))
    (result,) = product_results(import_id)
    product = read_full_catalog(datetime.now(UTC)).entry(result.slug).product
    assert (product.price, product.blurb, product.category) == (5_450, "Fasst viel.", "Küche")
    product.delete()


def test_preview_that_is_not_the_newest_cannot_be_confirmed(merchant: TestClient) -> None:
    import_id, _ = _previewed(merchant)
    shown = find_import(import_id).mapping_id
    _map(merchant, import_id, **(MAPPED | {"category": "Garten"}))
    _work(import_id)

    answer = merchant.post(
        f"/admin/imports/{import_id}/mapping",
        data={"mapping_id": shown, "confirmed": "yes"},
        follow_redirects=True,
    )

    assert find_import(import_id).state == "previewed"
    assert "Check the preview again" in page_text(answer)


def test_preview_and_report_say_which_row_and_column_is_wrong(merchant: TestClient) -> None:
    import_id, page = _previewed(merchant, FOREIGN.replace("54,5", "$54.50"))

    assert "Row 2, price: Enter a price in euros, like 48.00." in page_text(page)
    assert "No row can be imported" in page_text(page)
    form = {"mapping_id": find_import(import_id).mapping_id, "confirmed": "yes"}
    _map(merchant, import_id, **form)
    _work(import_id)
    assert heading(_report(merchant, import_id)) == "Imported 0 of 1 row"


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"column_1": "title"}, "Select “Title” for one column only."),
        ({"column_1": "nonsense"}, "Select a field from the list."),
        ({"column_0": ""}, "Select the column that has the title, the SKU or the URL slug."),
        ({"category": ""}, "Enter a category."),
        ({"category": "x" * 101}, "Enter a category with at most 100 characters."),
    ],
)
def test_mapping_that_is_not_possible_keeps_what_was_selected(
    merchant: TestClient, form: dict[str, str], message: str
) -> None:
    answer = _map(merchant, _foreign(merchant), **(MAPPED | form))

    assert answer.status_code == 422
    assert message in page_text(answer)
    assert '<option value="description" selected>' in answer.text


def test_file_that_is_replaced_after_its_columns_were_mapped_is_rejected(
    merchant: TestClient,
) -> None:
    import_id = _foreign(merchant)
    _map(merchant, import_id, **MAPPED)
    replaced = FOREIGN.replace("54,5", "1").encode()

    process_file(find_import(import_id), replaced, "A1", now=datetime.now(UTC))

    assert "The file was replaced" in page_text(_report(merchant, import_id))
