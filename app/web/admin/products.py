"""The products as merchants see them: drafts too, stock, pictures; and booking pieces in."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field
from ulid import ULID

from app.catalog.catalog_cache import Piece, forget, whole_catalogue
from app.catalog.image_uploads import ACCEPTED_TYPES, LARGEST_UPLOAD
from app.catalog.publishing import hide_product, show_product
from app.errors import NotFound
from app.inventory.models import Stock
from app.inventory.reservations import LOW, on_hand, receive
from app.web.http.forms import Form, Line, Minted, TypedForm, WholeNumber, WrongInput, read_form
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)
MOST_AT_ONCE = 10_000

type Part = Literal["all", "low", "drafts", "bare"]


class Delivery(Form):
    """``delivery`` was minted with the form, so that pressing twice books once."""

    sku: Line
    pieces: Annotated[WholeNumber, Field(ge=1, le=MOST_AT_ONCE)]
    delivery: Minted


class Shelf(Form):
    listed: Literal["yes", "no"]


def _known_piece(_: Merchant, now: Now, slug: str) -> Piece:
    return whole_catalogue(now).piece(slug)


# The product in the address, draft or not, with all its pictures; for merchants alone.
DeskPiece = Annotated[Piece, Depends(_known_piece)]


@router.get("/desk/products")
def products(request: Request, _: Merchant, now: Now, show: Part = "all") -> Response:
    pieces = whole_catalogue(now).pieces
    stock = on_hand(v.sku for piece in pieces for v in piece.product.variants)
    parts = {name: [it for it in pieces if belongs(it, stock)] for name, belongs in PARTS.items()}
    return page(request, "admin/products.html", parts_of=parts, shown=show, stock=stock)


def _low(piece: Piece, stock: dict[str, Stock]) -> bool:
    """One of its skus is at an end, or nearly."""
    rows = (stock.get(variant.sku) for variant in piece.product.variants)
    return piece.product.listed and any(row is None or row.available <= LOW for row in rows)


PARTS: dict[Part, Callable[[Piece, dict[str, Stock]], bool]] = {
    "all": lambda *_: True,
    "low": _low,
    "drafts": lambda piece, _: not piece.product.listed,
    "bare": lambda piece, _: not any(picture.version for picture in piece.pictures),
}


@router.get("/desk/products/{slug}")
def product(request: Request, piece: DeskPiece) -> Response:
    return draw_product(request, piece)


@router.post("/desk/products/{slug}/deliveries")
def book_in(
    request: Request, visit: Merchant, now: Now, piece: DeskPiece, typed: TypedForm
) -> Response:
    try:
        booked = read_form(Delivery, typed)
    except WrongInput as wrong:
        return draw_product(request, piece, status=422, errors=wrong.errors, typed=wrong.typed)
    if booked.sku not in [variant.sku for variant in piece.product.variants]:
        raise NotFound("This piece has no such variant.")
    receive(booked.sku, booked.pieces, delivery=booked.delivery, now=now, by=visit.email)
    return RedirectResponse(f"/desk/products/{piece.product.slug}#stock", 303)


@router.post("/desk/products/{slug}/shelf")
def show_or_hide(visit: Merchant, now: Now, piece: DeskPiece, typed: TypedForm) -> Response:
    listed = read_form(Shelf, typed).listed == "yes"
    (show_product if listed else hide_product)(piece.product, by=visit.email, now=now)
    forget()
    return RedirectResponse(f"/desk/products/{piece.product.slug}", 303)


def draw_product(request: Request, piece: Piece, *, status: int = 200, **said: Any) -> Response:
    """A product's page; the tiles of its pictures ask for themselves as long as one is awaited."""
    return page(
        request,
        "admin/product.html",
        parts=["pictures"],
        status=status,
        piece=piece,
        stock=on_hand(variant.sku for variant in piece.product.variants),
        delivery=str(ULID()),
        kinds=ACCEPTED_TYPES,
        largest=LARGEST_UPLOAD,
        **{"errors": {}, "typed": {}, **said},
    )
