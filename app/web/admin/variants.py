"""The forms to add a variant to an existing product, and to edit one."""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Request, Response

from app.catalog.catalog_cache import CatalogEntry, read_entry
from app.catalog.edit_merge import merge_values
from app.catalog.products import EditConflict, update_product
from app.catalog.variants import (
    DuplicateSku,
    add_variant,
    edit_of_variant,
    has_only_default_variant,
    merge_variant,
    read_new_variant,
    read_variant_edit,
    require_variant,
    variant_form_values,
)
from app.errors import ValidationFailed
from app.form_fields import Submitted
from app.web.admin.product_forms import (
    VersionForm,
    opened_values,
    save_merged,
    without_unchecked_colour,
)
from app.web.admin.products import RequestedEntry, redirect_to_product
from app.web.http.flash import flash
from app.web.http.forms import SubmittedForm, read_form, without_card_numbers
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import SHOP_OWNER, Merchant

router = APIRouter(include_in_schema=False, dependencies=[SHOP_OWNER])
FACT_NAMES = {
    "price": "Price",
    "compare_at": "Compare-at price",
    "weight_g": "Weight",
    "barcode": "Barcode",
    "image_id": "Image",
}


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


@router.get("/admin/products/{slug}/variants/{sku}")
def variant_form(request: Request, entry: RequestedEntry, sku: str) -> Response:
    return _render_variant(request, entry, sku)


@router.post("/admin/products/{slug}/variants/{sku}")
def edit(
    request: Request,
    visitor: Merchant,
    now: Now,
    entry: RequestedEntry,
    submitted: SubmittedForm,
) -> Response:
    """Save price, weight, barcode and image. A repeat with the same values changes nothing.

    An edit that another merchant has overtaken is merged with theirs, see ``merge_variant``.
    """
    sku = request.path_params["sku"]
    require_variant(entry.product, sku)
    values = without_card_numbers(submitted)
    try:
        facts = read_variant_edit(entry, submitted)
        fields = edit_of_variant(entry.product, sku, facts)
        version = read_form(VersionForm, submitted).version
        update_product(entry.product, fields, expected_version=version, by=visitor.email, now=now)
    except ValidationFailed as failed:
        return _render_variant(request, entry, sku, values, errors=failed.errors, status=422)
    except EditConflict:
        current = read_entry(entry.product.slug)
        merged, conflicts = merge_variant(current, sku, facts, opened_values(values))
        fields = edit_of_variant(current.product, sku, merged)
        if conflicts or not save_merged(current, fields, by=visitor.email, now=now):
            return _render_conflict(request, current, sku, values, conflicts)
        flash(request, "edit_merged")
    return redirect_to_product(entry.product, anchor="#stock")


def _render_conflict(
    request: Request, current: CatalogEntry, sku: str, values: Submitted, names: Iterable[str]
) -> Response:
    """The form with my values where both changed a field. Saving it again saves mine."""
    images = {image.image_id: image.alt for image in current.images}
    theirs = variant_form_values(require_variant(current.product, sku))
    opened = opened_values(values)
    shown = [
        [images.get(it, it) for it in (opened.get(name, ""), theirs[name], values.get(name, ""))]
        for name in names
    ]
    mine = {name: values.get(name, "") for name in theirs}
    kept, _ = merge_values({name: opened.get(name) for name in theirs}, mine, theirs)
    return _render_variant(
        request,
        current,
        sku,
        kept,
        conflicts=[(FACT_NAMES[it], *texts) for it, texts in zip(names, shown, strict=True)],
        status=409,
    )


def _render_variant(
    request: Request,
    entry: CatalogEntry,
    sku: str,
    values: Submitted | None = None,
    **context: Any,
) -> Response:
    variant = require_variant(entry.product, sku)
    return render_page(
        request,
        "admin/variant.html",
        entry=entry,
        variant=variant,
        values=variant_form_values(variant) if values is None else values,
        opened=variant_form_values(variant),
        **{"errors": {}, "conflicts": [], **context},
    )


def _render(request: Request, entry: CatalogEntry, values: Submitted, **context: Any) -> Response:
    return render_page(
        request,
        "admin/new_variant.html",
        entry=entry,
        values=values,
        needs_first_name=has_only_default_variant(entry.product),
        **{"errors": {}, **context},
    )
