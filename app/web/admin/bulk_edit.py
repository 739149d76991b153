"""Bulk edit: select products, choose an action, review the changes, and apply them."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.catalog.bulk_edit import BulkAction, BulkChange, apply_edits
from app.catalog.catalog_cache import Catalog, CatalogEntry, clear_cache, read_full_catalog
from app.catalog.models import Product
from app.catalog.product_fields import read_price
from app.catalog.products import ProductEdit
from app.errors import NotFound, ValidationFailed
from app.form_fields import SELECT, InvalidValue, Reader, Submitted, read_fields, read_number
from app.web.admin.products import LIST_FILTERS, listed_entries
from app.web.http.flash import flash
from app.web.http.forms import SubmittedForm, without_card_numbers
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import SHOP_OWNER, Merchant

router = APIRouter(include_in_schema=False, dependencies=[SHOP_OWNER])
BATCH_SIZE = 100  # products that one request changes
FIELD_PREFIX = "product-"  # "product-<slug>" is a checkbox; its value is the expected version
ACTIONS: tuple[BulkAction, ...] = (
    "publish",
    "unpublish",
    "set_price",
    "start_sale",
    "end_sale",
)
LABELS = {"action": "an action", "price": "a price", "percent": "a discount (%)"}

type Selection = list[tuple[CatalogEntry, int]]


@router.post("/admin/products/bulk-edit")
def bulk_edit(request: Request, visitor: Merchant, now: Now, submitted: SubmittedForm) -> Response:
    """Nothing is changed until the merchant has reviewed the changes and confirmed them.

    A request changes at most ``BATCH_SIZE`` products. The page that it returns shows the progress
    and sends the form again, which finds the others: what has changed would not change again. So
    each product is changed once, and an interrupted edit is resumed by doing it again.
    """
    selection = list(_selected(submitted, read_full_catalog(now)))
    if not selection:
        flash(request, "nothing_selected")
        return RedirectResponse("/admin/products", 303)
    if "action" not in submitted:
        return _render(request, selection, submitted)
    try:
        change = _read_change(submitted)
    except ValidationFailed as failed:
        return _render(request, selection, submitted, errors=failed.errors, status=422)
    edits = [change.edit_of(it.product, expected_version=version) for it, version in selection]
    edits = [edit for edit in edits if edit.changes]
    if not submitted.get("confirmed"):
        return _render(request, selection, submitted, edits=edits)
    conflicts = apply_edits(edits[:BATCH_SIZE], by=visitor.email, now=now)
    clear_cache()
    return _render_progress(request, selection, submitted, edits, conflicts)


def _render_progress(
    request: Request,
    selection: Selection,
    submitted: Submitted,
    edits: Sequence[ProductEdit],
    conflicts: Sequence[Product],
) -> Response:
    left = edits[BATCH_SIZE:]
    if conflicts or left:
        context = {"conflicts": conflicts, "left": left, "count_edits": len(edits)}
        return _render(request, selection, submitted, status=409 if conflicts else 200, **context)
    flash(request, "bulk_edit_applied")
    return RedirectResponse("/admin/products", 303)


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


def _read_change(submitted: Submitted) -> BulkChange:
    action: BulkAction = read_fields({"action": _read_action}, submitted, LABELS)["action"]
    amounts = read_fields(AMOUNT_READERS.get(action, {}), submitted, LABELS)
    return BulkChange(action, next(iter(amounts.values()), 0))


def _read_action(text: str) -> BulkAction:
    for action in ACTIONS:
        if action == text:
            return action
    raise InvalidValue(SELECT)


def _read_percent(text: str) -> int:
    return read_number(text, minimum=1, maximum=90)


AMOUNT_READERS: dict[BulkAction, dict[str, Reader]] = {
    "set_price": {"price": read_price},
    "start_sale": {"percent": _read_percent},
}


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
        **{"errors": {}, "edits": None, "conflicts": [], "left": [], **context},
    )
