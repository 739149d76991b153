"""Bulk edit: select products, choose an action, review the changes, and have a worker do them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from ulid import ULID

from app.aws.s3 import put_upload
from app.catalog.bulk_edit import BulkChange, DoesNotFit, read_change
from app.catalog.catalog_cache import Catalog, CatalogEntry, read_full_catalog
from app.catalog.imports.jobs import create_bulk_edit, is_started, selection_file
from app.catalog.imports.models import MAX_SELECTED, ImportJob, ImportState, import_key
from app.catalog.products import ProductEdit
from app.errors import NotFound, ValidationFailed
from app.form_fields import Submitted, read_number
from app.web.admin.products import LIST_FILTERS, listed_entries
from app.web.http.flash import flash
from app.web.http.forms import SubmittedForm, without_card_numbers
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import SHOP_OWNER, Merchant

router = APIRouter(include_in_schema=False, dependencies=[SHOP_OWNER])
FIELD_PREFIX = "product-"  # "product-<slug>" is a checkbox; its value is the expected version
TOO_MANY = f"Select at most {MAX_SELECTED:,} products."
NO_JOB_ID = "Select the products again: this form is not valid."

type Selection = list[tuple[CatalogEntry, int]]


@dataclass(frozen=True)
class Review:
    """The edits to confirm, and the products that the change does not fit, with the reason."""

    edits: list[ProductEdit]
    refused: list[tuple[str, str]]


@router.post("/admin/products/bulk-edit")
def bulk_edit(request: Request, visitor: Merchant, now: Now, submitted: SubmittedForm) -> Response:
    """Nothing is changed until the merchant has reviewed the changes and confirmed them.

    The import worker then changes one product after the other, each once. The job's id comes with
    the review, so confirming twice starts one job; a repeat stores the file if that has failed.
    """
    selection = list(_selected(submitted, read_full_catalog(now)))
    if not selection:
        flash(request, "nothing_selected")
        return RedirectResponse("/admin/products", 303)
    if len(selection) > MAX_SELECTED:
        raise ValidationFailed(TOO_MANY)
    if "action" not in submitted:
        return _render(request, selection, submitted)
    try:
        change = read_change(submitted)
    except ValidationFailed as failed:
        return _render(request, selection, submitted, errors=failed.errors, status=422)
    review = _review(change, selection)
    if submitted.get("confirmed") and (review.edits or is_started(_job_id(submitted))):
        job = create_bulk_edit(_job_id(submitted), change, by=visitor.email, now=now)
        return _start(job, review.edits)
    return _render(request, selection, submitted, review=review, job_id=str(ULID()))


def _start(job: ImportJob, edits: list[ProductEdit]) -> Response:
    """Store the file, whose notification starts the worker, and show the progress."""
    if job.state == ImportState.PENDING:
        content = selection_file((it.product.slug, it.expected_version) for it in edits)
        put_upload(import_key(job.import_id), content)
    return RedirectResponse(f"/admin/imports/{job.import_id}/report", 303)


def _review(change: BulkChange, selection: Selection) -> Review:
    review = Review([], [])
    for entry, version in selection:
        try:
            edit = change.edit_of(entry.product, expected_version=version)
        except DoesNotFit as error:
            review.refused.append((entry.product.title, str(error)))
        else:
            review.edits.extend([edit] if edit.changes else [])
    return review


def _job_id(submitted: Submitted) -> str:
    try:
        return str(ULID.from_str(submitted.get("job_id", "")))
    except ValueError:
        raise ValidationFailed(NO_JOB_ID) from None


def _selected(submitted: Submitted, catalog: Catalog) -> Iterator[tuple[CatalogEntry, int]]:
    """The selected products with the versions that were shown; deleted products are left out.

    With a ``scope``, all products of that list, on every page of it.
    """
    scope = submitted.get("scope", "")
    if scope in LIST_FILTERS:
        yield from ((it, int(it.product.version)) for it in listed_entries(catalog, scope))
        return
    names = [name for name in submitted if name.startswith(FIELD_PREFIX)]
    for name in names:
        try:
            version = read_number(submitted[name], maximum=2**31)
            yield catalog.entry(name.removeprefix(FIELD_PREFIX)), version
        except NotFound:
            continue
        except ValueError as error:
            raise ValidationFailed(str(error)) from error


def _render(
    request: Request,
    selection: Selection,
    submitted: Submitted,
    *,
    status: int = 200,
    **context: Any,
) -> Response:
    return render_page(
        request,
        "admin/bulk_edit.html",
        status=status,
        selection=selection,
        values=without_card_numbers(submitted),
        **{"errors": {}, "review": None, **context},
    )
