"""The form to add a variant to an existing product."""

from typing import Any

from fastapi import APIRouter, Request, Response

from app.catalog.catalog_cache import CatalogEntry
from app.catalog.products import EditConflict
from app.catalog.variants import (
    DuplicateSku,
    add_variant,
    has_only_default_variant,
    read_new_variant,
)
from app.errors import ValidationFailed
from app.form_fields import Submitted
from app.web.admin.product_forms import without_unchecked_colour
from app.web.admin.products import RequestedEntry, redirect_to_product
from app.web.http.forms import SubmittedForm, without_card_numbers
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import SHOP_OWNER, Merchant

router = APIRouter(include_in_schema=False, dependencies=[SHOP_OWNER])


@router.get("/admin/products/{slug}/variants")
def new_variant_form(request: Request, entry: RequestedEntry) -> Response:
    return _render(request, entry, {})


@router.post("/admin/products/{slug}/variants")
def create(
    request: Request,
    visitor: Merchant,
    now: Now,
    entry: RequestedEntry,
    submitted: SubmittedForm,
) -> Response:
    values = without_card_numbers(submitted)
    try:
        new = read_new_variant(entry.product, without_unchecked_colour(submitted))
        add_variant(entry.product, new, by=visitor.email, now=now)
    except ValidationFailed as failed:
        return _render(request, entry, values, errors=failed.errors, status=422)
    except (DuplicateSku, EditConflict) as conflict:
        return _render(request, entry, values, errors={"sku": conflict.message}, status=409)
    return redirect_to_product(entry.product, anchor="#stock")


def _render(request: Request, entry: CatalogEntry, values: Submitted, **context: Any) -> Response:
    return render_page(
        request,
        "admin/new_variant.html",
        entry=entry,
        values=values,
        needs_first_name=has_only_default_variant(entry.product),
        **{"errors": {}, **context},
    )
