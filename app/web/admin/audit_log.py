"""The audit log: who changed what in the admin and when, one month at a time, newest first."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.persistence.audit_log import PAGE_SIZE, list_changes
from app.shop_time import shop_day, start_of_day
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import SHOP_OWNER, Merchant

router = APIRouter(include_in_schema=False, dependencies=[SHOP_OWNER])

Month = Annotated[str, Query(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$")]
Before = Annotated[str, Query(max_length=26)]


@router.get("/admin/audit-log")
def audit_log(
    request: Request, _: Merchant, now: Now, month: Month | None = None, before: Before = ""
) -> Response:
    """Days and months follow the shop's time zone."""
    this_month = f"{shop_day(now):%Y-%m}"
    first_day = date.fromisoformat(f"{month or this_month}-01")
    next_month = (first_day + timedelta(days=31)).replace(day=1)
    changes = list_changes(start_of_day(first_day), start_of_day(next_month), before=before)
    return render_page(
        request,
        "admin/audit_log.html",
        changes=changes,
        first_day=first_day,
        previous_month=_month_before(first_day),
        is_newest=f"{first_day:%Y-%m}" == this_month and not before,
        older=changes[-1].entry_id if len(changes) == PAGE_SIZE else "",
    )


def _month_before(first_day: date) -> str:
    return f"{first_day - timedelta(days=1):%Y-%m}"
