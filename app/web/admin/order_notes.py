"""Notes on an order: a merchant writes one, all merchants read them."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BeforeValidator, StringConstraints

from app.errors import Unacceptable
from app.orders.notes import add_note
from app.orders.queries import story_of
from app.web.admin.orders import draw_order
from app.web.http.forms import Form, Minted, TypedForm, WrongInput, read_form
from app.web.http.request_time import Now
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)
LONGEST = 1_000


def _lines(typed: str) -> str:
    """Several lines are fine; what cannot be printed is not."""
    lines = [line.rstrip() for line in typed.strip().splitlines()]
    if not all(line.replace("\t", " ").isprintable() for line in lines):
        raise ValueError("Plain text only, please.")
    return "\n".join(lines)


class NoteForm(Form):
    note: Annotated[
        str, StringConstraints(min_length=1, max_length=LONGEST), BeforeValidator(_lines)
    ]
    note_id: Minted


@router.post("/desk/orders/{order_id}/notes")
def write_note(
    request: Request, visit: Merchant, now: Now, order_id: str, typed: TypedForm
) -> Response:
    story = story_of(order_id)
    try:
        written = read_form(NoteForm, typed)
        add_note(order_id, written.note_id, written.note, by=visit.email, now=now)
    except WrongInput as wrong:
        return draw_order(request, story, status=422, errors=wrong.errors, typed=wrong.typed)
    except Unacceptable as refused:
        errors = {"note": refused.message}
        return draw_order(request, story, status=422, errors=errors, typed=typed)
    return RedirectResponse(f"/desk/orders/{order_id}#notes", 303)
