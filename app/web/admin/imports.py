"""CSV imports in the admin: the upload form, the list of imports, and the report of each."""

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.aws.s3 import UploadPolicy, presigned_upload_form, put_upload
from app.catalog.imports import jobs, mapping
from app.catalog.imports.jobs import create_import, find_import, product_results, recent_imports
from app.catalog.imports.models import (
    COLUMNS,
    MAX_FILE_BYTES,
    MAX_ROWS,
    ImportJob,
    ImportState,
    ProductResult,
    continuation_key,
    import_key,
)
from app.csv_io.escaping import Cell
from app.errors import ValidationFailed
from app.settings import settings
from app.web.admin.csv_responses import csv_stream
from app.web.http.flash import flash
from app.web.http.forms import SubmittedForm
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import SHOP_OWNER, Merchant

router = APIRouter(include_in_schema=False, dependencies=[SHOP_OWNER])
MAX_LISTED = 2_000  # products whose results the report page reads; the CSV report has all
REPORT_COLUMNS = ("row", "product", "outcome", "column", "error")
OUTCOMES = ("created", "updated", "unchanged", "invalid")


@router.get("/admin/imports")
def import_list(request: Request, _: Merchant) -> Response:
    return render_page(
        request,
        "admin/imports.html",
        imports=recent_imports(),
        columns=COLUMNS,
        max_bytes=MAX_FILE_BYTES,
        max_rows=MAX_ROWS,
    )


@router.post("/admin/imports")
def create(visitor: Merchant, now: Now) -> Response:
    job = create_import(by=visitor.email, now=now)
    return RedirectResponse(f"/admin/imports/{job.import_id}", 303)


@router.get("/admin/imports/{import_id}")
def upload_form(request: Request, _: Merchant, import_id: str) -> Response:
    """The form that sends the file to S3; once S3 has the file, a redirect to the report."""
    job = find_import(import_id)
    report_path = f"/admin/imports/{job.import_id}/report"
    if job.state != ImportState.PENDING:
        return RedirectResponse(report_path, 303)
    policy = UploadPolicy(import_key(job.import_id), "text/csv", MAX_FILE_BYTES)
    form = presigned_upload_form(policy, redirect_to=f"{settings().base_url}{report_path}")
    return render_page(request, "admin/import_upload.html", form=form, max_bytes=MAX_FILE_BYTES)


@router.get("/admin/imports/{import_id}/report")
def report_page(request: Request, _: Merchant, import_id: str) -> Response:
    """The page polls itself until the import is finished, or the merchant has to map columns."""
    job = find_import(import_id)
    if job.waits_for_merchant:
        return _render_mapping(request, job)
    results = product_results(job.import_id, limit=MAX_LISTED) if job.is_finished else []
    return render_page(
        request,
        "admin/import_report.html",
        blocks=["report"],
        job=job,
        results=results,
        lists_all=len(results) < MAX_LISTED,
        counts=_all_counts(job),
    )


@router.post("/admin/imports/{import_id}/mapping")
def map_columns(
    request: Request, _: Merchant, now: Now, import_id: str, submitted: SubmittedForm
) -> Response:
    """Preview the import with this mapping, or import what the preview shows if confirmed.

    The worker does both, and is started by an empty object in the bucket. A repeat has no further
    effect.
    """
    job = find_import(import_id)
    report = RedirectResponse(f"/admin/imports/{job.import_id}/report", 303)
    if "confirmed" in submitted:
        if job.mapping_id != submitted.get("mapping_id"):
            flash(request, "import_changed")
            return report
        jobs.confirm_import(job, now=now)
    elif job.waits_for_merchant:
        try:
            chosen = mapping.read_mapping(job, submitted)
        except ValidationFailed as failed:
            return _render_mapping(request, job, submitted, errors=failed.errors, status=422)
        jobs.choose_mapping(job, chosen, now=now)
    put_upload(continuation_key(job.import_id))
    return report


def _render_mapping(
    request: Request, job: ImportJob, values: dict[str, str] | None = None, **context: Any
) -> Response:
    chosen = job.mapping or mapping.suggested_mapping(job)
    return render_page(
        request,
        "admin/import_mapping.html",
        job=job,
        field_labels=mapping.FIELD_LABELS,
        values=mapping.as_form_values(chosen) if values is None else values,
        **{"errors": {}, **context},
    )


@router.get("/admin/imports/{import_id}/report.csv")
def export_report(_: Merchant, import_id: str) -> Response:
    job = find_import(import_id)
    rows = _report_rows(job, jobs.iter_results(job.import_id))
    return csv_stream(f"import-{job.import_id}", REPORT_COLUMNS, rows)


def _all_counts(job: ImportJob) -> dict[str, int]:
    """The number of rows by outcome, and of all processed rows."""
    counts = dict.fromkeys(OUTCOMES, 0) | jobs.count_rows(job)
    imported = counts["created"] + counts["updated"]
    return {**counts, "all": sum(counts.values()), "imported": imported}


def _report_rows(job: ImportJob, results: Iterable[ProductResult]) -> Iterator[tuple[Cell, ...]]:
    """One row for each error, and one for each valid row of the file."""
    if job.reason:
        yield "", "", "rejected", "", job.reason
    for address in job.images:
        yield "", "", "left out", "image", address
    for result in results:
        errors = [(error.row, error.column, error.message) for error in result.errors]
        for row, column, message in errors or [(row, "", "") for row in result.rows]:
            yield row, result.slug or result.title, result.outcome, column, message
