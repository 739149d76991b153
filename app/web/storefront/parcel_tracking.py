"""The page of the sandbox carrier about one parcel, which a real carrier has on its own site."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.errors import NotFound
from app.i18n.messages import lazy_gettext
from app.shipping.carrier import carrier
from app.shop_time import shop_day
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.authorization import PUBLIC
from app.web.security.sessions import CurrentVisitor

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])
TrackingCode = Annotated[str, Path(max_length=40)]


@router.get("/sandbox-carrier/{tracking_code}")
def show_parcel(
    request: Request, _: CurrentVisitor, now: Now, tracking_code: TrackingCode
) -> Response:
    """Where the parcel is. The page says nothing about its order or its recipient.

    Raises ``NotFound`` for a text that is no code of this carrier, or a code of a later day.
    """
    today: date = shop_day(now)
    tracking = carrier().track(tracking_code, today=today)
    if tracking is None or tracking.collected_on > today:
        raise NotFound(lazy_gettext("There is no parcel with this code."))
    return render_page(
        request, "orders/parcel.html", tracking=tracking, tracking_code=tracking_code
    )
