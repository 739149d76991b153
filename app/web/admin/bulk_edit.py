"""Changing several products at once: which, what, a look at what would happen, and doing it."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.catalog.bulk_edit import Act, Change, change_each
from app.catalog.catalog_cache import Catalogue, Piece, forget, whole_catalogue
from app.catalog.products import Edit
from app.errors import NotFound, Unacceptable, WrongFields
from app.form_fields import Typed, number, read_fields
from app.money import read_price
from app.web.http.flash import tell_next
from app.web.http.forms import TypedForm
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)
MOST_AT_ONCE = 100
CHOSEN = "piece-"  # a box's name is this and the slug, its value the version that was looked at
ACTS: tuple[Act, ...] = ("shelve", "draft", "price", "sale", "regular")

type Chosen = list[tuple[Piece, int]]


@router.post("/desk/products/several")
def several(request: Request, visit: Merchant, now: Now, typed: TypedForm) -> Response:
    """Nothing is changed before the merchant has seen what would be, and said yes to it."""
    chosen = list(_chosen(typed, whole_catalogue(now)))
    if not chosen:
        raise Unacceptable("Please tick the pieces that you want to change.")
    if "act" not in typed:
        return _draw(request, chosen, typed)
    try:
        change = _read_change(typed)
    except WrongFields as wrong:
        return _draw(request, chosen, typed, errors=wrong.errors, status=422)
    edits = [change.of(piece.product, seen=seen) for piece, seen in chosen]
    edits = [edit for edit in edits if edit.differences]
    if not typed.get("sure"):
        return _draw(request, chosen, typed, edits=edits)
    overtaken = change_each(edits, by=visit.email, now=now)
    forget()
    if overtaken:
        return _draw(request, chosen, typed, overtaken=overtaken, status=409)
    tell_next(request, "changed-together")
    return RedirectResponse("/desk/products", 303)


def _chosen(typed: Typed, shelves: Catalogue) -> Iterator[tuple[Piece, int]]:
    """Each with the version that was seen; a piece that is gone meanwhile is left out."""
    boxes = [name for name in typed if name.startswith(CHOSEN)]
    if len(boxes) > MOST_AT_ONCE:
        raise Unacceptable(f"At most {MOST_AT_ONCE} pieces at once, please.")
    for name in boxes:
        try:
            yield shelves.piece(name.removeprefix(CHOSEN)), number(typed[name], most=2**31)
        except NotFound:
            continue
        except ValueError as error:
            raise Unacceptable(str(error)) from error


def _read_change(typed: Typed) -> Change:
    read = read_fields({"act": _act}, typed)
    readers: dict[str, Any] = {
        "price": {"price": lambda text: read_price(text.strip())},
        "sale": {"percent": lambda text: number(text, least=1, most=90)},
    }
    amounts = read_fields(readers.get(read["act"], {}), typed)
    return Change(read["act"], next(iter(amounts.values()), 0))


def _act(typed: str) -> Act:
    for act in ACTS:
        if act == typed:
            return act
    raise ValueError("Please choose one of these.")


def _draw(
    request: Request,
    chosen: list[tuple[Piece, int]],
    typed: Typed,
    *,
    status: int = 200,
    **said: Any,
) -> Response:
    edits: list[Edit] | None = said.pop("edits", None)
    return page(
        request,
        "admin/bulk_edit.html",
        status=status,
        chosen=chosen,
        typed=typed,
        edits=edits,
        **{"errors": {}, "overtaken": [], **said},
    )
