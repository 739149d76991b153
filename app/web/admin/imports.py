"""Sending a file of products: the files so far, and the form that goes straight to S3."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.aws.s3 import Expected, form_for
from app.catalog.imports.jobs import ask_for_import, find_import, newest_imports
from app.catalog.imports.parsing import COLUMNS
from app.catalog.imports.rows import LARGEST_FILE, MOST_ROWS, ImportState, import_key
from app.settings import settings
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)


@router.get("/desk/imports")
def imports(request: Request, _: Merchant) -> Response:
    return page(
        request,
        "admin/imports.html",
        imports=newest_imports(),
        columns=COLUMNS,
        largest=LARGEST_FILE,
        most=MOST_ROWS,
    )


@router.post("/desk/imports")
def ask(visit: Merchant, now: Now) -> Response:
    it = ask_for_import(by=visit.email, now=now)
    return RedirectResponse(f"/desk/imports/{it.import_id}", 303)


@router.get("/desk/imports/{import_id}")
def send(request: Request, _: Merchant, import_id: str) -> Response:
    """The form that S3 itself receives; once it has, there is a report to read instead."""
    it = find_import(import_id)
    report = f"/desk/imports/{it.import_id}/report"
    if it.state != ImportState.WAITING:
        return RedirectResponse(report, 303)
    expected = Expected(import_key(it.import_id), "text/csv", LARGEST_FILE)
    form = form_for(expected, back_to=f"{settings().base_url}{report}")
    return page(request, "admin/upload_products.html", form=form, largest=LARGEST_FILE)
