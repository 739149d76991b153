"""One order as a merchant sees it: its whole story, the decision about it, and cancelling."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BeforeValidator, StringConstraints

from app.errors import Conflict
from app.orders.cancelling import can_cancel, cancel
from app.orders.history import Story, story_of
from app.orders.models import Order, OrderStatus
from app.orders.reviewing import decide
from app.web.clock import Now
from app.web.forms import Form, TypedForm, WrongInput, one_line, read_form
from app.web.sessions import Merchant
from app.web.templating import page

router = APIRouter(include_in_schema=False)
BY_MERCHANT = "cancelled by the shop"
NO_ERRORS: dict[str, str] = {}

Seen = Annotated[str, Query(max_length=40)]
Why = Annotated[
    str,
    BeforeValidator(one_line),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
]


class Approval(Form):
    decision: Literal["approved"]
    why: Literal[""] = ""


class Refusal(Form):
    decision: Literal["refused"]
    why: Why


@router.get("/desk/orders/{order_id}")
def order(request: Request, _: Merchant, order_id: str, seen: Seen = "") -> Response:
    """``seen`` is the stage whose buttons the page shows: they are drawn anew when it is over."""
    story = story_of(order_id)
    parts = ["story"] if seen == _stage(story.order) else ["story", "choices"]
    return _draw(request, story, parts=parts)


@router.post("/desk/orders/{order_id}/decision")
def decision(
    request: Request, visit: Merchant, now: Now, order_id: str, typed: TypedForm
) -> Response:
    """Whoever decides first has decided; a second merchant is told so."""
    kind = Approval if typed.get("decision") == "approved" else Refusal
    try:
        wanted = read_form(kind, typed)
        decide(order_id, wanted.decision, visit.email, wanted.why, now=now)
    except WrongInput as wrong:
        return _draw(request, story_of(order_id), status=422, errors=wrong.errors)
    except Conflict as refused:
        return _draw(request, story_of(order_id), status=409, refused=refused.message)
    return RedirectResponse(f"/desk/orders/{order_id}", 303)


@router.post("/desk/orders/{order_id}/cancel")
def cancelled(request: Request, _: Merchant, now: Now, order_id: str) -> Response:
    try:
        cancel(story_of(order_id).order.order_id, now=now, reason=BY_MERCHANT)
    except Conflict as refused:
        return _draw(request, story_of(order_id), status=409, refused=refused.message)
    return RedirectResponse(f"/desk/orders/{order_id}", 303)


def _draw(
    request: Request,
    story: Story,
    *,
    status: int = 200,
    parts: list[str] | None = None,
    refused: str = "",
    errors: dict[str, str] = NO_ERRORS,
) -> Response:
    order = story.order
    undecided = story.review and not story.review.decision
    return page(
        request,
        "desk/order.html",
        parts=parts or (),
        status=status,
        story=story,
        order=order,
        stage=_stage(order),
        happened=_in_order(story),
        to_decide=order.status == OrderStatus.REVIEWING and undecided,
        can_cancel=can_cancel(order),
        refused=refused,
        errors=errors,
    )


def _stage(order: Order) -> str:
    return f"{order.status}-{order.events}"


def _in_order(story: Story) -> list[Happening]:
    ...
