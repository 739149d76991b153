"""Pictures of a product: a form that sends the file straight to S3, in one step or in two."""

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import Field

from app.aws.image_storage import upload_form
from app.catalog.catalog_cache import Piece
from app.catalog.image_uploads import ACCEPTED_TYPES, LARGEST_UPLOAD, ask_for
from app.catalog.models import Picture
from app.catalog.publishing import ask_for_another
from app.errors import NotFound, Unacceptable
from app.form_fields import Typed
from app.persistence.audit_log import keep_change
from app.settings import settings
from app.web.admin.products import DeskPiece
from app.web.http.forms import Form, LongLine, TypedForm, WholeNumber, WrongInput, read_form
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)

Kind = Literal["image/jpeg", "image/png", "image/webp"]


class PictureForm(Form):
    """``size`` is told by the script, which knows the file already; S3 checks it in any case."""

    alt: LongLine
    kind: Kind
    size: Annotated[WholeNumber, Field(ge=1, le=LARGEST_UPLOAD)] | None = None


def _known_picture(piece: DeskPiece, picture_id: str) -> Picture:
    for picture in piece.pictures:
        if picture.picture_id == picture_id:
            return picture
    raise NotFound("This piece has no such picture.")


DeskPicture = Annotated[Picture, Depends(_known_picture)]


@router.post("/desk/products/{slug}/pictures")
def ask(
    request: Request, visit: Merchant, now: Now, piece: DeskPiece, typed: TypedForm
) -> Response:
    """What the picture shows and of which kind the file is; the answer is the form for S3."""
    try:
        wanted = read_form(PictureForm, typed)
        asked = ask_for_another(piece, wanted.alt, now=now)
    except Unacceptable as refused:
        return _refuse(request, piece, refused, typed)
    where = f"/desk/products/{asked.slug}"
    what = f"Added the picture “{asked.alt}” of {piece.product.title}"
    keep_change(what, where=where, by=visit.email, now=now)
    return _lead_on(request, asked, wanted.kind)


@router.post("/desk/products/{slug}/pictures/{picture_id}")
def ask_again(
    request: Request, now: Now, piece: DeskPiece, picture: DeskPicture, typed: TypedForm
) -> Response:
    """Another file for a picture that was refused, never came, or shall look different."""
    try:
        wanted = read_form(PictureForm, typed)
    except Unacceptable as refused:
        return _refuse(request, piece, refused, typed, picture)
    asked = ask_for(picture.slug, picture.picture_id, wanted.alt, now=now)
    return _lead_on(request, asked, wanted.kind)


@router.get("/desk/products/{slug}/pictures/{picture_id}")
def send(
    request: Request, piece: DeskPiece, picture: DeskPicture, kind: Kind | None = None
) -> Response:
    """The second step without JavaScript: the file, in a form that S3 itself receives."""
    if kind is None:
        return _draw_form(request, piece, picture)
    back_to = f"{settings().base_url}/desk/products/{picture.slug}"
    form = upload_form(picture.slug, picture.picture_id, kind, back_to=back_to)
    return page(
        request,
        "admin/upload_image.html",
        piece=piece,
        kind=kind,
        form=form,
        largest=LARGEST_UPLOAD,
    )


def _lead_on(request: Request, asked: Picture, kind: str) -> Response:
    """To the second step; or, for the script, what it needs to take that step itself."""
    again = f"/desk/products/{asked.slug}/pictures/{asked.picture_id}"
    if not _by_script(request):
        return RedirectResponse(f"{again}?{urlencode({'kind': kind})}", 303)
    form = upload_form(asked.slug, asked.picture_id, kind)
    return JSONResponse({**form, "again": again}, 201)


def _refuse(
    request: Request,
    piece: Piece,
    refused: Unacceptable,
    typed: Typed,
    picture: Picture | None = None,
) -> Response:
    errors = refused.errors if isinstance(refused, WrongInput) else {"alt": refused.message}
    if _by_script(request):
        return JSONResponse({"errors": errors}, 422)
    return _draw_form(request, piece, picture, status=422, errors=errors, typed=typed)


def _draw_form(
    request: Request, piece: Piece, picture: Picture | None, *, status: int = 200, **said: Any
) -> Response:
    return page(
        request,
        "admin/image.html",
        status=status,
        piece=piece,
        picture=picture,
        kinds=ACCEPTED_TYPES,
        largest=LARGEST_UPLOAD,
        **{"errors": {}, "typed": {}, **said},
    )


def _by_script(request: Request) -> bool:
    return request.headers.get("accept", "").startswith("application/json")
