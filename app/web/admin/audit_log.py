"""What was changed at the desk, by whom and when: a month at a time, newest first."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.persistence.audit_log import PAGE, changes_of
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)

Month = Annotated[str, Query(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$")]
Before = Annotated[str, Query(max_length=26)]


@router.get("/desk/changes")
def changes(
    request: Request, _: Merchant, now: Now, month: Month | None = None, before: Before = ""
) -> Response:
    shown = month or f"{now:%Y-%m}"
    found = changes_of(shown, before=before)
    first = datetime.strptime(f"{shown}-01", "%Y-%m-%d").replace(tzinfo=UTC).date()
    return page(
        request,
        "admin/audit_log.html",
        changes=found,
        first=first,
        earlier=_month_before(first),
        current=shown == f"{now:%Y-%m}" and not before,
        older=found[-1].change_id if len(found) == PAGE else "",
    )


def _month_before(first: date) -> str:
    return f"{first - timedelta(days=1):%Y-%m}"
