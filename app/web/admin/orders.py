"""One order as a merchant sees it: its whole story, the decision about it, and cancelling."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from ulid import ULID

from app.cart.visitor import Visit
from app.errors import Conflict
from app.orders.cancellation import BY_SHOP, UNPAID, can_cancel, cancel
from app.orders.models import EventRow, Fact, Order, OrderStatus
from app.orders.queries import Story, story_of
from app.orders.review import Decision, decide
from app.persistence.audit_log import keep_change
from app.web.admin.order_issues import case_words
from app.web.http.forms import Form, LongLine, TypedForm, WrongInput, read_form
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)

Offer = Literal["decide", "stop", "refund", "nothing"]
Seen = Annotated[str, Query(max_length=40)]


class Decided(Form):
    decision: Decision


class Refused(Decided):
    why: LongLine


@router.get("/desk/orders/{order_id}")
def order(
    request: Request, _: Merchant, order_id: str, seen: Seen = "", offered: Seen = ""
) -> Response:
    """``seen`` and ``offered`` are what the page shows: a part of it is drawn anew once it is over.

    So a reason half typed, or an open question, stays as long as it makes sense.
    """
    story = story_of(order_id)
    parts = ["story"]
    if seen != _stage(story.order):
        parts.append("receipt")
    if offered != _offer(story):
        parts.append("choices")
    return draw_order(request, story, parts=parts)


@router.post("/desk/orders/{order_id}/decision")
def decision(
    request: Request, visit: Merchant, now: Now, order_id: str, typed: TypedForm
) -> Response:
    """Whoever decides first has decided; a second merchant is told so."""
    story = story_of(order_id)
    try:
        wanted = read_form(Decided, typed).decision
        why = read_form(Refused, typed).why if wanted == "refused" else ""
        decide(order_id, wanted, visit.email, why, now=now)
    except WrongInput as wrong:
        return draw_order(request, story, status=422, errors=wrong.errors, typed=wrong.typed)
    except Conflict as refused:
        return draw_order(request, story_of(order_id), status=409, refused=refused.message)
    return _done(f"{wanted.capitalize()} order {story.order.number}", story, visit, now)


@router.post("/desk/orders/{order_id}/cancel")
def cancelled(request: Request, visit: Merchant, now: Now, order_id: str) -> Response:
    story = story_of(order_id)
    try:
        cancel(order_id, now=now, reason=BY_SHOP)
    except Conflict as refused:
        return draw_order(request, story, status=409, refused=refused.message)
    return _done(f"Cancelled order {story.order.number}", story, visit, now)


def _done(what: str, story: Story, visit: Visit, now: datetime) -> Response:
    where = f"/desk/orders/{story.order.order_id}"
    keep_change(what, where=where, by=visit.email, now=now)
    return RedirectResponse(where, 303)


def draw_order(
    request: Request, story: Story, *, status: int = 200, parts: Sequence[str] = (), **said: Any
) -> Response:
    return page(
        request,
        "admin/order.html",
        parts=parts,
        status=status,
        story=story,
        order=story.order,
        stage=_stage(story.order),
        happenings=_happenings(story),
        case=case_words(story.order.case.reason) if story.order.case else None,
        note_id=str(ULID()),
        offer=_offer(story),
        **{"refused": "", "errors": {}, "typed": {}, **said},
    )


def _stage(order: Order) -> str:
    return f"{order.status}-{order.events}"


def _offer(story: Story) -> Offer:
    """What a merchant may do now."""
    order, review = story.order, story.review
    if order.status == OrderStatus.REVIEWING and review and not review.decision:
        return "decide"
    if not can_cancel(order):
        return "nothing"
    return "stop" if order.status in UNPAID else "refund"


def _happenings(story: Story) -> list[EventRow | Fact]:
    return sorted(
        [*story.events, *story.facts],
        key=lambda row: row.at if isinstance(row, Fact) else row.occurred_at,
    )
