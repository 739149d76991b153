"""Information pages: privacy, terms, imprint, contact, shipping and returns of the demo shop.

Their figures come from the code and the settings that they describe.
"""

from typing import Any

from fastapi import APIRouter, Request, Response

from app.cart.models import CART_TTL
from app.customers.models import LINK_TTL
from app.customers.rate_limits import WINDOW
from app.customers.sessions import CUSTOMER_LIFETIME
from app.orders.caller_limits import caller_days
from app.orders.return_policy import RETURN_WINDOW
from app.persistence.audit_log import ENTRY_TTL
from app.privacy.erasure_requests import BACKUP_DAYS, SETTLED_AFTER
from app.settings import settings
from app.shipping.rates import EUROPE, EUROPEAN_UNION, GERMANY, WORLD
from app.web.http.templating import render_page
from app.web.security.authorization import PUBLIC
from app.web.security.sessions import CurrentVisitor

# A report of SES waits in the email queue for at most 7 days and 14 more in its dead-letter queue.
REPORT_DAYS = 7 + 14

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])


@router.get("/privacy")
@router.get("/terms")
@router.get("/imprint")
@router.get("/contact")
@router.get("/shipping")
@router.get("/returns")
def show_information(request: Request, _: CurrentVisitor) -> Response:
    """Render the template that is named like the path."""
    name = request.url.path.removeprefix("/")
    return render_page(request, f"information/{name}.html", **_facts())


def _facts() -> dict[str, Any]:
    return {
        "contact": settings().mail_from,
        "zones": (GERMANY, EUROPEAN_UNION, EUROPE, WORLD),
        "invoice_years": settings().invoice_retention_years,
        "uncharged_days": settings().uncharged_order_days,
        "settled_days": SETTLED_AFTER.days,
        "return_days": RETURN_WINDOW.days,
        "backup_days": BACKUP_DAYS,
        "report_days": REPORT_DAYS,
        "log_days": settings().log_retention_days,
        "cart_days": CART_TTL.days,
        "session_days": CUSTOMER_LIFETIME.absolute_timeout.days,
        "link_minutes": int(LINK_TTL.total_seconds() // 60),
        "limit_minutes": int(2 * WINDOW.total_seconds() // 60),
        "caller_days": caller_days(),
        "audit_years": ENTRY_TTL.days // 365,
    }
