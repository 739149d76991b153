"""The forms to create a product with its variants, and to edit a product."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Query, Request, Response

from app.catalog.catalog_cache import CatalogEntry, cached_catalog, read_entry
from app.catalog.edit_merge import Merge, merge_edits
from app.catalog.models import DEFAULT_VARIANT
from app.catalog.product_fields import (
    NewProduct,
    ProductFields,
    as_form_values,
    normalize_sku,
    read_new_product,
    read_product_fields,
)
from app.catalog.products import DuplicateProduct, EditConflict, create_product, update_product
from app.errors import ValidationFailed
from app.form_fields import Submitted
from app.web.admin.products import RequestedEntry, redirect_to_product
from app.web.http.flash import flash
from app.web.http.forms import Form, SubmittedForm, WholeNumber, read_form, without_card_numbers
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import SHOP_OWNER, Merchant

router = APIRouter(include_in_schema=False, dependencies=[SHOP_OWNER])
ROWS = range(1, 6)  # further variants are added one by one, or by an import
ROW_FIELDS = ("sku", "name", "has_colour", "swatch", "quantity")
DEFAULTS: Submitted = {"published": "yes"}
UNCHECKED: Submitted = {"published": "no"}  # browsers do not send a radio button that is not set
FIELD_LABELS = {
    "title": "Title",
    "category": "Category",
    "blurb": "Short description",
    "details": "Details",
    "long_description": "Description",
    "price": "Price",
    "compare_at": "Compare-at price",
    "weight_g": "Weight",
    "tags": "Tags",
    "materials": "Materials",
    "published": "Published",
}
IN_USE = "Enter a different value: another product has this one."


class VersionForm(Form):
    """Optimistic locking: ``version`` is the one that the merchant opened."""

    version: WholeNumber

    labels: ClassVar[Mapping[str, str]] = {"version": "a version"}


@router.get("/admin/products/new")
def new_product_form(
    request: Request, _: Merchant, now: Now, copy: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """The empty form, or that of a copy of a product: a draft without SKUs and images."""
    return _render_new(request, now, _copy_of(copy) if copy else DEFAULTS)


def _copy_of(slug: str) -> Submitted:
    """The names of up to five variants are copied; an SKU belongs to one product."""
    product = read_entry(slug).product
    values = as_form_values(product) | {
        "published": "no",
        "title": f"Copy of {product.title}"[:100],
    }
    for row, variant in zip(ROWS, product.variants, strict=False):
        values[f"name_{row}"] = "" if variant.name == DEFAULT_VARIANT else variant.name
        if variant.swatch:
            values |= {f"has_colour_{row}": "yes", f"swatch_{row}": variant.swatch}
    return values


@router.post("/admin/products")
def create(request: Request, visitor: Merchant, now: Now, submitted: SubmittedForm) -> Response:
    values = without_card_numbers(submitted)
    try:
        new = _read_new_product(submitted)
        create_product(new.product, quantities=new.quantities, now=now, by=visitor.email)
    except ValidationFailed as failed:
        return _render_new(request, now, values, errors=failed.errors, status=422)
    except DuplicateProduct as duplicate:
        errors = _duplicate_errors(duplicate, submitted)
        return _render_new(request, now, values, errors=errors, status=409)
    return redirect_to_product(new.product)


def _read_new_product(submitted: Submitted) -> NewProduct:
    rows = {row: row_values(submitted, row) for row in _used_rows(submitted)}
    return read_new_product({**UNCHECKED, **submitted}, rows)


def _used_rows(submitted: Submitted) -> list[int]:
    """The first row is always used, the others once they have a SKU or a name."""
    return [
        row
        for row in ROWS
        if row == 1 or any(submitted.get(f"{name}_{row}") for name in ("sku", "name"))
    ]


def row_values(submitted: Submitted, row: int) -> Submitted:
    values = {name: submitted.get(f"{name}_{row}", "") for name in ROW_FIELDS}
    return without_unchecked_colour(values)


def without_unchecked_colour(values: Submitted) -> Submitted:
    """A colour input always sends a colour; the checkbox says whether the variant has one."""
    return values if values.get("has_colour") else {**values, "swatch": ""}


def _duplicate_errors(duplicate: DuplicateProduct, submitted: Submitted) -> dict[str, str]:
    skus = {row: normalize_sku(submitted.get(f"sku_{row}", "")) for row in ROWS}
    errors = {f"sku_{row}": IN_USE for row, sku in skus.items() if sku in duplicate.skus}
    return {"slug": IN_USE, **errors} if duplicate.slug else errors


@router.get("/admin/products/{slug}/edit")
def edit_product_form(request: Request, now: Now, entry: RequestedEntry) -> Response:
    return _render_edit(request, now, entry, as_form_values(entry.product))


@router.post("/admin/products/{slug}/edit")
def edit(
    request: Request,
    visitor: Merchant,
    now: Now,
    entry: RequestedEntry,
    submitted: SubmittedForm,
) -> Response:
    """Save the product. After an error or an edit conflict, the form keeps what was entered.

    An edit that another merchant has overtaken is merged with theirs, see ``merge_edits``.
    """
    values = without_card_numbers(submitted)
    opened = {name: values.get(f"base_{name}", "") for name in FIELD_LABELS}
    try:
        fields = read_product_fields({**UNCHECKED, **submitted}, entry.product.variants)
        version = read_form(VersionForm, submitted).version
        update_product(entry.product, fields, expected_version=version, by=visitor.email, now=now)
    except ValidationFailed as failed:
        return _render_edit(
            request, now, entry, values, errors=failed.errors, opened=opened, status=422
        )
    except EditConflict:
        current = read_entry(entry.product.slug)
        merge = _merge(current, fields, submitted)
        if merge.conflicts or not save_merged(current, merge.fields, by=visitor.email, now=now):
            return _render_conflict(request, now, current, merge, values)
        flash(request, "edit_merged")
    return redirect_to_product(entry.product)


def opened_values(submitted: Submitted) -> Submitted:
    """The hidden fields ``base_price`` and so on are the values that a form was opened with."""
    prefix = "base_"
    return {
        name.removeprefix(prefix): value
        for name, value in submitted.items()
        if name.startswith(prefix)
    }


def _merge(current: CatalogEntry, mine: ProductFields, submitted: Submitted) -> Merge:
    """The hidden fields ``base_title`` and so on are the values that the form was opened with."""
    opened = {name: submitted.get(f"base_{name}", "") for name in FIELD_LABELS}
    try:
        base = read_product_fields(opened, mine.variants)
    except ValidationFailed:
        base = None
    return merge_edits(base, mine, ProductFields.from_product(current.product))


def save_merged(current: CatalogEntry, fields: ProductFields, *, by: str, now: datetime) -> bool:
    """``False`` after another edit conflict."""
    product = current.product
    try:
        update_product(product, fields, expected_version=product.version, by=by, now=now)
    except EditConflict:  # a third edit at the same moment
        return False
    return True


def _render_conflict(
    request: Request, now: datetime, current: CatalogEntry, merge: Merge, values: Submitted
) -> Response:
    """The form with my values where both changed a field, and theirs in all others.

    It has the current version, so that saving it again saves mine all the same.
    """
    theirs = as_form_values(current.product)
    has_theirs = {
        name
        for name in FIELD_LABELS
        if getattr(merge.fields, name) == getattr(current.product, name)
    }
    merged = {name: theirs[name] if name in has_theirs else values.get(name, "") for name in theirs}
    conflicts = [
        (FIELD_LABELS[name], values.get(f"base_{name}"), theirs[name], values.get(name, ""))
        for name in merge.conflicts
    ]
    merged["version"] = theirs["version"]
    return _render_edit(request, now, current, merged, conflicts=conflicts, status=409)


def _render_new(request: Request, now: datetime, values: Submitted, **context: Any) -> Response:
    return render_page(
        request,
        "admin/new_product.html",
        values=values,
        categories=cached_catalog(now).categories,
        rows=ROWS,
        **{"errors": {}, **context},
    )


def _render_edit(
    request: Request, now: datetime, entry: CatalogEntry, values: Submitted, **context: Any
) -> Response:
    return render_page(
        request,
        "admin/edit_product.html",
        entry=entry,
        values=values,
        field_names=FIELD_LABELS,
        categories=cached_catalog(now).categories,
        **{
            "errors": {},
            "conflicts": [],
            "opened": as_form_values(entry.product),
            **context,
        },
    )
