"""Editing a product: the form as it is now, and the answer when somebody else was faster."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.catalog.browsing import Piece, forget, whole_catalogue
from app.catalog.editing import ChangedMeanwhile, edit_product
from app.web.clock import Now
from app.web.desk.description_form import DescriptionForm, as_typed
from app.web.desk.products import DeskPiece
from app.web.forms import Typed, TypedForm, WholeNumber, WrongInput, read_form
from app.web.sessions import Merchant
from app.web.templating import page

router = APIRouter(include_in_schema=False)


class EditForm(DescriptionForm):
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
        wanted = read_form(EditForm, typed)
        description = wanted.as_description()
        edit_product(piece.product, description, seen=wanted.version, by=visit.email, now=now)
    except WrongInput as wrong:
        return _draw(request, now, piece, wrong.typed, errors=wrong.errors, status=422)
    except ChangedMeanwhile:
        return _draw(request, now, piece, typed, overtaken=True, status=409)
    forget()
    return RedirectResponse(f"/desk/products/{piece.product.slug}", 303)


def _draw(request: Request, now: Now, piece: Piece, typed: Typed, **said: Any) -> Response:
    return page(
        request,
        "desk/edit_product.html",
        piece=piece,
        typed=typed,
        current=as_typed(piece.product),
        shelves=whole_catalogue(now).categories,
        **{"errors": {}, "overtaken": False, **said},
    )
