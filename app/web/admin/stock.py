"""One sku: how many there are, correcting that with a reason, and the ledger of every change."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import AwareDatetime, Field
from ulid import ULID

from app.catalog.catalog_cache import Piece, whole_catalogue
from app.catalog.models import Variant
from app.errors import Conflict, NotFound
from app.inventory.adjustments import PAGE, Adjustment, Reason, adjust, ledger_of
from app.inventory.models import Stock
from app.inventory.reservations import on_hand
from app.web.http.forms import Form, Minted, TypedForm, WholeNumber, WrongInput, read_form
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)
MOST_AT_ONCE = 100_000

Before = Annotated[AwareDatetime | None, Query()]
Pieces = Annotated[WholeNumber, Field(le=MOST_AT_ONCE)]


class AdjustForm(Form):
    """``shown`` is how many the page said there are; it matters when somebody has counted."""

    reason: Reason
    pieces: Pieces
    shown: Pieces
    adjustment: Minted

    def about(self, sku: str) -> Adjustment:
        if self.reason == "counted":
            counted, shown = self.pieces, self.shown
            return Adjustment.counted(self.adjustment, sku, pieces=counted, shown=shown)
        change = -self.pieces if self.reason == "broken" else self.pieces
        return Adjustment(self.adjustment, sku, self.reason, change)


class Shelved:
    """A sku with the piece it belongs to and its stock."""

    def __init__(self, piece: Piece, sku: str, stock: Stock) -> None:
        self.piece, self.stock = piece, stock
        self.variant: Variant = piece.variant(sku)


def _known_sku(_: Merchant, now: Now, sku: str) -> Shelved:
    piece = whole_catalogue(now).piece_with(sku)
    if sku not in (rows := on_hand([sku])):
        raise NotFound("This sku has no stock.")
    return Shelved(piece, sku, rows[sku])


DeskSku = Annotated[Shelved, Depends(_known_sku)]


@router.get("/desk/stock/{sku}")
def ledger(request: Request, it: DeskSku, before: Before = None) -> Response:
    return _draw(request, it, before=before)


@router.post("/desk/stock/{sku}/adjustments")
def change_stock(
    request: Request, visit: Merchant, now: Now, it: DeskSku, typed: TypedForm
) -> Response:
    sku = it.variant.sku
    try:
        adjust(read_form(AdjustForm, typed).about(sku), by=visit.email, now=now)
    except WrongInput as wrong:
        return _draw(request, it, status=422, errors=wrong.errors, typed=wrong.typed)
    except Conflict as refused:
        return _draw(request, it, status=409, errors={"pieces": refused.message}, typed=typed)
    return RedirectResponse(f"/desk/stock/{sku}", 303)


def _draw(
    request: Request, it: Shelved, *, before: datetime | None = None, status: int = 200, **said: Any
) -> Response:
    entries = ledger_of(it.variant.sku, before=before)
    return page(
        request,
        "admin/stock.html",
        status=status,
        it=it,
        entries=entries,
        older=entries[-1].at if len(entries) == PAGE else None,
        newest=before is None,
        adjustment=str(ULID()),
        **{"errors": {}, "typed": {}, **said},
    )
