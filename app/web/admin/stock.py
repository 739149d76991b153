"""Stock in the admin: receiving deliveries, adjusting quantities, and the ledger of one SKU."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field
from ulid import ULID

from app.catalog.catalog_cache import CatalogEntry, read_entry_with_sku, read_products
from app.catalog.imports.models import STOCK_COLUMNS
from app.catalog.models import Product, Variant
from app.csv_io.escaping import Cell, text_cell
from app.errors import Conflict, NotFound, ValidationFailed
from app.inventory.adjustments import (
    PAGE_SIZE,
    Adjustment,
    AdjustmentReason,
    AlreadySubmitted,
    StaleCount,
    adjust,
    list_ledger_entries,
)
from app.inventory.models import LedgerEntry, Stock
from app.inventory.reservations import read_stock_consistently, receive
from app.shop_time import shop_day
from app.web.admin.csv_responses import csv_download
from app.web.admin.products import RequestedEntry, redirect_to_product, render_product
from app.web.http.forms import (
    Form,
    IdempotencyId,
    Identifier,
    SubmittedForm,
    TypedNumber,
    WholeNumber,
    read_form,
    without_card_numbers,
)
from app.web.http.request_time import Moment, Now
from app.web.http.templating import render_page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)
MAX_DELIVERY = 10_000
MAX_QUANTITY = 100_000
REASON_LABELS = {
    "received": "Received",
    "reserved": "Reserved for an order",
    "released": "Released by an order",
    "sold": "Shipped",
    "priced": "Price change",
    "broken": "Damaged",
    "found": "Found",
    "counted": "Stock count",
}

Before = Annotated[Moment | None, Query()]


class DeliveryForm(Form):
    """``delivery_id`` was generated with the form: submitting it twice receives stock once."""

    sku: Identifier
    quantity: Annotated[TypedNumber, Field(ge=1, le=MAX_DELIVERY)]
    delivery_id: IdempotencyId

    labels: ClassVar[Mapping[str, str]] = {"sku": "a SKU", "quantity": "a quantity"}


class AdjustmentForm(Form):
    """``shown_quantity`` and ``version`` are what the page showed when the units were counted."""

    reason: AdjustmentReason
    quantity: Annotated[TypedNumber, Field(le=MAX_QUANTITY)]
    shown_quantity: Annotated[WholeNumber, Field(le=MAX_QUANTITY)]
    version: WholeNumber
    adjustment_id: IdempotencyId

    labels: ClassVar[Mapping[str, str]] = {"reason": "a reason", "quantity": "a quantity"}

    def to_adjustment(self, sku: str) -> Adjustment:
        if self.reason == "counted":
            return Adjustment.from_count(
                self.adjustment_id,
                sku,
                counted=self.quantity,
                shown=self.shown_quantity,
                version=self.version,
            )
        change = -self.quantity if self.reason == "broken" else self.quantity
        return Adjustment(self.adjustment_id, sku, self.reason, change)


@dataclass(frozen=True)
class StockedVariant:
    """A variant, with its product and its stock."""

    entry: CatalogEntry
    variant: Variant
    stock: Stock


def _requested_variant(_: Merchant, now: Now, sku: str) -> StockedVariant:
    entry = read_entry_with_sku(sku, now)
    if (stock := read_stock_consistently([sku]).get(sku)) is None:
        raise NotFound("This SKU has no stock.")
    return StockedVariant(entry, entry.variant(sku), stock)


RequestedVariant = Annotated[StockedVariant, Depends(_requested_variant)]


@router.post("/admin/products/{slug}/receive-stock")
def receive_stock(
    request: Request,
    visitor: Merchant,
    now: Now,
    entry: RequestedEntry,
    submitted: SubmittedForm,
) -> Response:
    try:
        form = read_form(DeliveryForm, submitted)
    except ValidationFailed as failed:
        values = without_card_numbers(submitted)
        return render_product(request, entry, status=422, errors=failed.errors, values=values)
    if form.sku not in [variant.sku for variant in entry.product.variants]:
        raise NotFound("This product has no such variant.")
    try:
        receive(form.sku, form.quantity, delivery=form.delivery_id, now=now, by=visitor.email)
    except Conflict as conflict:
        errors, values = {"quantity": conflict.message}, without_card_numbers(submitted)
        return render_product(request, entry, status=409, errors=errors, values=values)
    return redirect_to_product(entry.product, anchor="#stock")


@router.get("/admin/stock.csv")
def export_stock(_: Merchant, now: Now) -> Response:
    """All SKUs with their available units; the import accepts the file with counts or changes."""
    catalog = read_products(now)
    variants = [(it.product, variant) for it in catalog.entries for variant in it.product.variants]
    stock = read_stock_consistently(variant.sku for _, variant in variants)
    rows = [
        _csv_cells(product, it, item) for product, it in variants if (item := stock.get(it.sku))
    ]
    return csv_download(f"stock-{shop_day(now)}", STOCK_COLUMNS, rows)


def _csv_cells(product: Product, variant: Variant, item: Stock) -> tuple[Cell, ...]:
    names = map(text_cell, (variant.sku, product.title, variant.name))
    return *names, int(item.available), "", "", int(item.merchant_changes)


@router.get("/admin/stock/{sku}")
def stock_page(
    request: Request,
    stocked: RequestedVariant,
    before: Before = None,
    form: IdempotencyId | None = None,
) -> Response:
    """The idempotency id of the form is in the address, so that it survives the Back button.

    Pages are not stored (``no-store``): Back loads them again, and would bring a new id.
    """
    if form is None:
        return _redirect_to_form(stocked.variant.sku, before)
    return _render(request, stocked, before=before, adjustment_id=form)


def _redirect_to_form(sku: str, before: datetime | None = None) -> Response:
    earlier = {"before": before.isoformat()} if before else {}
    return RedirectResponse(f"/admin/stock/{sku}?{urlencode(earlier | {'form': str(ULID())})}", 303)


@router.post("/admin/stock/{sku}/adjustments")
def adjust_stock(
    request: Request,
    visitor: Merchant,
    now: Now,
    stocked: RequestedVariant,
    submitted: SubmittedForm,
) -> Response:
    sku, values = stocked.variant.sku, without_card_numbers(submitted)
    try:
        adjustment = read_form(AdjustmentForm, submitted).to_adjustment(sku)
        adjust(adjustment, by=visitor.email, now=now)
    except ValidationFailed as failed:
        return _render(request, stocked, status=422, errors=failed.errors, values=values)
    except Conflict as conflict:
        current = _requested_variant(visitor, now, sku)
        errors = {"quantity": _refusal(conflict)}
        return _render(request, current, status=409, errors=errors, values=values)
    return _redirect_to_form(sku)


def _refusal(conflict: Conflict) -> str:
    match conflict:
        case StaleCount(entries=entries):
            changes = ", ".join(map(_described, entries))
            return f"{conflict.message} {changes}. Count again, and enter the units that are there."
        case AlreadySubmitted(entry=entry):
            return f"{conflict.message} {_described(entry)}. Submit again to change more."
        case _:
            return conflict.message


def _described(entry: LedgerEntry) -> str:
    label = REASON_LABELS.get(entry.reason, entry.reason.capitalize())
    return f"{label} {entry.change:+d} by {entry.by}"


def _render(
    request: Request,
    stocked: StockedVariant,
    *,
    before: datetime | None = None,
    status: int = 200,
    **context: Any,
) -> Response:
    ledger = list_ledger_entries(stocked.stock, before=before)
    return render_page(
        request,
        "admin/stock.html",
        status=status,
        product=stocked.entry.product,
        variant=stocked.variant,
        stock=stocked.stock,
        ledger=ledger,
        older=ledger[-1].at if len(ledger) == PAGE_SIZE else None,
        is_newest=before is None,
        reasons=REASON_LABELS,
        **{"errors": {}, "values": {}, "adjustment_id": str(ULID()), **context},
    )
