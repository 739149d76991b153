"""The shelf and the search: pieces to choose from, narrowed down, sorted, and twelve at a time."""

from collections.abc import Iterable

from fastapi import APIRouter, Request, Response

from app.catalog.catalog_cache import Catalogue, Piece
from app.catalog.filters import Wishes, facets, fitting, sold_out, wanted
from app.catalog.pagination import Shown
from app.catalog.search import did_you_mean, search
from app.catalog.sorting import Sorting, arranged
from app.errors import NotFound
from app.i18n.messages import said
from app.inventory.reservations import on_hand
from app.web.http.filter_params import Asked, AskedShelf
from app.web.http.locale import shelf_for
from app.web.http.request_time import Now
from app.web.http.templating import page, wants_part
from app.web.security.authorization import FOR_ANYONE
from app.web.security.sessions import CurrentVisit

router = APIRouter(include_in_schema=False, dependencies=[FOR_ANYONE])
# The masthead shows this visitor's cart, so a shared cache must not keep it.
OWN_COPY = {"Cache-Control": "private, no-cache"}
SUGGESTED = 6
SHOWN_INSTEAD = 4
SORTINGS = {
    Sorting.RELEVANCE: said("Best match"),
    Sorting.FEATURED: said("Featured"),
    Sorting.NEWEST: said("Newest"),
    Sorting.PRICE_UP: said("Price, low to high"),
    Sorting.PRICE_DOWN: said("Price, high to low"),
    Sorting.BESTSELLERS: said("Bestsellers first"),
}


@router.get("/shelf")
def shelf(request: Request, _: CurrentVisit, now: Now, asked: AskedShelf) -> Response:
    """Every piece, or one category, by the same address with other wishes."""
    return draw_shelf(request, shelf_for(request, now), asked)


@router.get("/search")
def look_for(request: Request, _: CurrentVisit, now: Now, asked: AskedShelf) -> Response:
    """What was found, on a shelf like any other; suggestions, when a search field asks for them."""
    shelf = shelf_for(request, now)
    found = search(shelf, asked.q)
    if wants_part(request) and targets(request, "suggestions"):
        return page(request, "catalog/suggestions.html", found=found[:SUGGESTED], asked=asked)
    if found:
        return _draw(request, asked, found)
    answer = page(
        request,
        "catalog/no_results.html",
        asked=asked,
        meant=did_you_mean(shelf, asked.q),
        pieces=arranged(shelf.pieces, Sorting.BESTSELLERS)[:SHOWN_INSTEAD],
    )
    answer.headers.update(OWN_COPY)
    return answer


def draw_shelf(request: Request, all_of_it: Catalogue, asked: Asked) -> Response:
    """The whole shelf or one category of it; words are for the search."""
    if asked.category and asked.category not in all_of_it.categories:
        raise NotFound(said("We have no such shelf."))
    return _draw(request, asked.model_copy(update={"q": ""}), all_of_it.pieces)


def targets(request: Request, place: str) -> bool:
    """Whether the part that is asked for goes to this place of the page."""
    return request.headers.get("HX-Target", "").endswith(f"#{place}")


def _draw(request: Request, asked: Asked, pieces: tuple[Piece, ...]) -> Response:
    wishes, wrong = asked.wishes()
    left = pieces_left(pieces)
    shown = Shown(arranged(wanted(pieces, wishes, left), asked.sorting), asked.page)
    more = wants_part(request) and targets(request, "pager")
    answer = page(
        request,
        "catalog/related.html" if more else "catalog/product_list.html",
        parts=["more" if more else "shelf"],
        status=422 if wrong else 200,
        asked=asked,
        category=asked.category,
        wrong=wrong,
        shown=shown,
        of=len(wanted(pieces, Wishes(asked.category), left)),
        facets=facets(pieces, wishes, left),
        sold_out=sold_out(shown.pieces, left),
        picked=_picked(shown.pieces, wishes, left),
        sortings={it: said for it, said in SORTINGS.items() if asked.q or it != "relevance"},
    )
    answer.headers.update(OWN_COPY)
    if wants_part(request) and not more:
        answer.headers["HX-Push-Url"] = asked.address()
    return answer


def pieces_left(pieces: Iterable[Piece]) -> dict[str, int]:
    """How many there are of each sku, in one round trip; of what is not on sale there is none."""
    rows = on_hand(variant.sku for piece in pieces for variant in piece.product.variants)
    return {sku: int(row.available) if row.on_sale else 0 for sku, row in rows.items()}


def _picked(pieces: Iterable[Piece], wishes: Wishes, left: dict[str, int]) -> dict[str, str]:
    """By slug the sku in which to show a piece: in the colour that was asked for."""
    if not wishes.colours:
        return {}
    return {it.product.slug: fitting(it, wishes, left)[0].sku for it in pieces}
