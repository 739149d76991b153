"""The orders board, which keeps itself up to date, and the look-up by number or e-mail."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.orders.board import ColumnKey, find_orders, load_board
from app.web.admin.order_issues import describe_issue
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)

Day = Annotated[date | None, Query(ge=date(2000, 1, 1), le=date(2999, 12, 31))]
Wanted = Annotated[str, Query(max_length=254)]

COLUMN_TITLES = {
    ColumnKey.NEW: "New",
    ColumnKey.TO_REVIEW: "To review",
    ColumnKey.PAYING: "Paying",
    ColumnKey.PACKING: "Packing",
    ColumnKey.CLOSING: "Shipping or refunding",
    ColumnKey.NEEDS_ATTENTION: "Needs attention",
}


@router.get("/admin")
def board(request: Request, _: Merchant, now: Now, day: Day = None, find: Wanted = "") -> Response:
    if find.strip():
        return _look_up(request, find.strip(), now)
    shown = day or now.date()
    return render_page(
        request,
        "admin/board.html",
        blocks=["board", "greeting"],
        board=load_board(shown),
        titles=COLUMN_TITLES,
        describe_issue=describe_issue,
        today=now.date(),
        yesterday=shown - timedelta(days=1),
        tomorrow=shown + timedelta(days=1),
    )


def _look_up(request: Request, wanted: str, now: Now) -> Response:
    found = find_orders(wanted, now)
    if len(found) == 1:
        return RedirectResponse(f"/admin/orders/{found[0].order_id}", 303)
    return render_page(request, "admin/search_results.html", wanted=wanted, found=found)
