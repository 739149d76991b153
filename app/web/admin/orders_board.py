"""The orders board, which keeps itself up to date, and the look-up by number or e-mail."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.orders.board import board_of, looked_up
from app.web.admin.order_issues import case_words
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)

Day = Annotated[date | None, Query(ge=date(2000, 1, 1), le=date(2999, 12, 31))]
Wanted = Annotated[str, Query(max_length=254)]


@router.get("/desk")
def board(request: Request, _: Merchant, now: Now, day: Day = None, find: Wanted = "") -> Response:
    if find.strip():
        return _look_up(request, find.strip(), now)
    shown = day or now.date()
    return page(
        request,
        "admin/board.html",
        parts=["board", "greeting"],
        board=board_of(shown),
        case_words=case_words,
        today=now.date(),
        yesterday=shown - timedelta(days=1),
        tomorrow=shown + timedelta(days=1),
    )


def _look_up(request: Request, wanted: str, now: Now) -> Response:
    found = looked_up(wanted, now)
    if len(found) == 1:
        return RedirectResponse(f"/desk/orders/{found[0].order_id}", 303)
    return page(request, "admin/search_results.html", wanted=wanted, found=found)
