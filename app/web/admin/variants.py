"""Adding a variant to a product that is here: the form, and what becomes of it."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.catalog.catalog_cache import Piece, forget
from app.catalog.products import ChangedMeanwhile
from app.catalog.variants import SkuTaken, extend, is_alone, read_extension
from app.errors import WrongFields
from app.form_fields import Typed
from app.web.admin.products import DeskPiece
from app.web.http.forms import TypedForm, WrongInput
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)


@router.get("/desk/products/{slug}/variants")
def form(request: Request, piece: DeskPiece) -> Response:
    return _draw(request, piece, {})


@router.post("/desk/products/{slug}/variants")
def add(
    request: Request, visit: Merchant, now: Now, piece: DeskPiece, typed: TypedForm
) -> Response:
    try:
        meant = typed if typed.get("coloured") else {**typed, "swatch": ""}
        wanted = read_extension(piece.product, meant)
        extend(piece.product, wanted, by=visit.email, now=now)
    except WrongFields as wrong:
        shown = WrongInput(wrong.errors, typed)
        return _draw(request, piece, shown.typed, errors=shown.errors, status=422)
    except SkuTaken as taken:
        return _draw(request, piece, typed, errors={"sku": taken.message}, status=409)
    except ChangedMeanwhile as late:
        return _draw(request, piece, typed, errors={"sku": late.message}, status=409)
    forget()
    return RedirectResponse(f"/desk/products/{piece.product.slug}#stock", 303)


def _draw(request: Request, piece: Piece, typed: Typed, **said: Any) -> Response:
    alone = is_alone(piece.product)
    facts = {"piece": piece, "typed": typed, "alone": alone, "errors": {}, **said}
    return page(request, "admin/variant.html", **facts)
