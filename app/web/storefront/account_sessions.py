"""Where somebody is signed in: every place on one page, and ending one, or all the others."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.customers.sessions import end_others, end_session, sessions_of
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.sessions import Customer

router = APIRouter(include_in_schema=False)
HERE = "/signed-in"


@router.get(HERE)
def places(request: Request, visit: Customer, now: Now) -> Response:
    return page(
        request,
        "account/sessions.html",
        places=sessions_of(visit.email, now=now),
    )


@router.post("/signed-in/others/end")
def end_all_others(visit: Customer) -> Response:
    end_others(visit.email, but=visit.visitor)
    return RedirectResponse(HERE, 303)


@router.post("/signed-in/{place_id}/end")
def end(visit: Customer, place_id: str) -> Response:
    """Ending the one that asks is signing out; the next page asks who it is."""
    end_session(visit.email, place_id)
    return RedirectResponse(HERE, 303)
