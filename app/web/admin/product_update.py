"""Editing a product: the form as it is now, and the answer when somebody else was faster."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.catalog.catalog_cache import Piece, forget, whole_catalogue
from app.catalog.product_fields import as_typed
from app.catalog.products import ChangedMeanwhile, edit_product
from app.form_fields import Typed
from app.web.admin.description_form import read_described
from app.web.admin.products import DeskPiece
from app.web.http.forms import Form, TypedForm, WholeNumber, WrongInput, read_form
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)


class Seen(Form):
    """``version`` is the one that was edited; a newer one is never overwritten unseen."""

    version: WholeNumber


@router.get("/desk/products/{slug}/edit")
def form(request: Request, now: Now, piece: DeskPiece) -> Response:
    return _draw(request, now, piece, as_typed(piece.product))


@router.post("/desk/products/{slug}/edit")
def edit(
    request: Request, visit: Merchant, now: Now, piece: DeskPiece, typed: TypedForm
) -> Response:
    """What was typed stays, whether it was wrong or came too late."""
    try:
        wanted = read_described(typed)
        seen = read_form(Seen, typed).version
        edit_product(piece.product, wanted, seen=seen, by=visit.email, now=now)
    except WrongInput as wrong:
        return _draw(request, now, piece, wrong.typed, errors=wrong.errors, status=422)
    except ChangedMeanwhile:
        return _draw(request, now, piece, typed, overtaken=True, status=409)
    forget()
    return RedirectResponse(f"/desk/products/{piece.product.slug}", 303)


def _draw(request: Request, now: Now, piece: Piece, typed: Typed, **said: Any) -> Response:
    return page(
        request,
        "admin/edit_product.html",
        piece=piece,
        typed=typed,
        current=as_typed(piece.product),
        shelves=whole_catalogue(now).categories,
        **{"errors": {}, "overtaken": False, **said},
    )
