"""Ordering, describing and removing a product's pictures: plain forms, one for each."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from app.catalog.catalog_cache import Piece, forget
from app.catalog.images import Caption, describe_picture, place_picture, remove_picture, shown_by
from app.catalog.models import Picture
from app.catalog.publishing import MOST_PICTURES
from app.errors import NotFound
from app.web.admin.image_uploads import DeskPicture
from app.web.admin.products import DeskPiece
from app.web.http.forms import (
    Form,
    LongLine,
    OptionalLine,
    TypedForm,
    WholeNumber,
    WrongInput,
    read_form,
)
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)


class PlaceForm(Form):
    """Where to, not which way: pressed twice, it is moved once."""

    place: Annotated[WholeNumber, Field(le=MOST_PICTURES)]


class AboutForm(Form):
    alt: LongLine
    shows: OptionalLine = ""


@dataclass(frozen=True)
class Hanging:
    """A picture and the piece it belongs to."""

    piece: Piece
    picture: Picture


def _hanging(piece: DeskPiece, picture: DeskPicture) -> Hanging:
    return Hanging(piece, picture)


DeskHanging = Annotated[Hanging, Depends(_hanging)]


@router.post("/desk/products/{slug}/pictures/{picture_id}/place")
def place(visit: Merchant, now: Now, it: DeskHanging, typed: TypedForm) -> Response:
    wanted = read_form(PlaceForm, typed)
    place_picture(it.piece, it.picture, wanted.place, by=visit.email, now=now)
    return _back(it)


@router.get("/desk/products/{slug}/pictures/{picture_id}/about")
def about(request: Request, it: DeskHanging) -> Response:
    shows = shown_by(it.piece, it.picture)
    return _draw(request, it, typed={"alt": it.picture.alt, "shows": shows})


@router.post("/desk/products/{slug}/pictures/{picture_id}/about")
def describe(
    request: Request, visit: Merchant, now: Now, it: DeskHanging, typed: TypedForm
) -> Response:
    try:
        said = read_form(AboutForm, typed)
    except WrongInput as wrong:
        return _draw(request, it, status=422, errors=wrong.errors, typed=wrong.typed)
    if said.shows and said.shows not in [v.sku for v in it.piece.product.variants]:
        raise NotFound("This piece has no such variant.")
    caption = Caption(said.alt, said.shows)
    describe_picture(it.piece, it.picture, caption, by=visit.email, now=now)
    return _back(it)


@router.post("/desk/products/{slug}/pictures/{picture_id}/removal")
def remove(visit: Merchant, now: Now, it: DeskHanging) -> Response:
    remove_picture(it.piece, it.picture, by=visit.email, now=now)
    return _back(it)


def _back(it: Hanging) -> Response:
    forget()
    return RedirectResponse(f"/desk/products/{it.piece.product.slug}#pictures", 303)


def _draw(request: Request, it: Hanging, *, status: int = 200, **said: Any) -> Response:
    facts = {"piece": it.piece, "picture": it.picture, "errors": {}, **said}
    return page(request, "admin/image_details.html", status=status, **facts)
