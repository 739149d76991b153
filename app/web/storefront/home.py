"""Browsing: the home page, and each piece's own page."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app import clock
from app.catalog.catalog_cache import Catalogue, Piece
from app.catalog.models import Picture
from app.catalog.related import related
from app.errors import NotFound
from app.web.http.filter_params import AskedShelf
from app.web.http.json_ld import describe
from app.web.http.locale import shelf_for
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.authorization import FOR_ANYONE
from app.web.security.sessions import CurrentVisit
from app.web.storefront.products import OWN_COPY, draw_shelf, pieces_left

router = APIRouter(include_in_schema=False, dependencies=[FOR_ANYONE])
ON_THE_HOME_PAGE = 12

Sku = Annotated[str, Query(max_length=60)]


@router.get("/")
def home(request: Request, _: CurrentVisit, now: Now, asked: AskedShelf) -> Response:
    """With a category it is that shelf: an address that letters and bookmarks have."""
    shelf = shelf_for(request, now)
    if asked.category:
        return draw_shelf(request, shelf, asked)
    answer = page(
        request,
        "catalog/home.html",
        hero=shelf.home_pictures[0] if shelf.home_pictures else None,
        shelves=_shelves(shelf),
        pieces=shelf.pieces[:ON_THE_HOME_PAGE],
        of=len(shelf.pieces),
    )
    answer.headers.update(OWN_COPY)
    return answer


@router.get("/products/{slug}")
def product(request: Request, _: CurrentVisit, now: Now, slug: str, sku: Sku = "") -> Response:
    answer = draw_piece(request, shelf_for(request, now).piece(slug), sku)
    answer.headers.update(OWN_COPY)
    return answer


def draw_piece(
    request: Request, piece: Piece, sku: str, *, quantity: int = 1, wrong: str = ""
) -> Response:
    """A piece's page with this variant chosen, or its first; ``wrong`` is said beside the form."""
    variants = piece.product.variants
    chosen = next((v for v in variants if v.sku == sku), variants[0])
    left = pieces_left([piece])
    answer = page(
        request,
        "catalog/product.html",
        parts=["piece"],
        status=422 if wrong else 200,
        piece=piece,
        pictures=_pictures_of(piece, chosen.sku),
        chosen=chosen,
        left_of=left,
        described=describe(piece, left),
        others=related(shelf_for(request, clock.now()).pieces, piece),
        quantity=quantity,
        wrong=wrong,
    )
    if wrong:  # instead of the drawer, which opens when all went well
        answer.headers.update({"HX-Retarget": "#piece", "HX-Reswap": "outerHTML"})
    return answer


def _pictures_of(piece: Piece, sku: str) -> list[Picture]:
    """The chosen variant's picture comes first: without JavaScript nothing else could show it."""
    first = piece.picture_of(sku)
    return [first, *(p for p in piece.pictures if p is not first)] if first else []


def _shelves(shelf: Catalogue) -> list[tuple[str, Piece]]:
    """Each category with the piece that stands for it: its newest."""
    return [(name, shelf.in_category(name)[-1]) for name in shelf.categories]


def find_piece(sku: str, shelf: Catalogue) -> Piece | None:
    """The piece of a sku that an address names, or None: whoever wrote it may have made it up."""
    try:
        return shelf.piece_with(sku)
    except NotFound:
        return None
