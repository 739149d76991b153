"""What a shared page lacks of its visitor: cart badge, flash message and links of the account."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.web.http.flash import pop_flash_message
from app.web.http.templating import ACCOUNT_LINK, ACCOUNT_NAV, BADGE, NOTICE, render_blocks
from app.web.security.authorization import PUBLIC
from app.web.security.sessions import CurrentVisitor

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])


@router.get("/visitor")
def show_visitor_parts(request: Request, visitor: CurrentVisitor) -> Response:
    """What a shared page lacks: the cart's badge, the flash message, and the links of an account.

    The script `visitor.js` puts each part in its place.
    """
    if "HX-Request" not in request.headers:
        return RedirectResponse("/account", 303)
    account = [ACCOUNT_LINK, ACCOUNT_NAV] if visitor.email else []
    message = pop_flash_message(request)
    return render_blocks(request, [BADGE, NOTICE, *account], flash_message=message)
