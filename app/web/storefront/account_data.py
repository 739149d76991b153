"""The customer's own data: download it, and delete the account."""

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.customers.rate_limits import RateLimit
from app.customers.sessions import RECENT_SIGN_IN, has_signed_in_recently
from app.orders.queries import orders_of_customer
from app.persistence.audit_log import record_completed_change
from app.privacy.account_deletion import delete_account
from app.privacy.erasure_requests import AUDIT_ACTOR, SETTLED_AFTER
from app.privacy.export import export_customer
from app.settings import settings
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.authorization import PUBLIC
from app.web.security.sessions import CurrentVisitor, Customer, clear_visitor_cookie

router = APIRouter(include_in_schema=False)
EXPORTS = RateLimit("data_export", 5)
DELETIONS = RateLimit("account_deletion", 5)
DELETE_PATH = "/account/delete"
FILE_NAME = "hearth-and-clay-data.json"


@router.post("/account/export")
def export_data(customer: Customer, now: Now) -> Response:
    """Everything that the shop stores about the customer, as JSON. Raises ``RateLimited``."""
    EXPORTS.hit(customer.email, now=now)
    body = msgspec.json.encode(export_customer(customer.email, now=now))
    record_completed_change("Downloaded their data", path="/admin", by=AUDIT_ACTOR, now=now)
    headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
    return Response(msgspec.json.format(body, indent=2), 200, headers, "application/json")


@router.get(DELETE_PATH)
def show_deletion(request: Request, customer: Customer, now: Now) -> Response:
    """What deleting the account erases and keeps, and the button; or the way to sign in again."""
    orders = orders_of_customer(customer.email)
    return render_page(
        request,
        "account/delete.html",
        is_recent=has_signed_in_recently(customer.visitor_id, now=now),
        minutes=int(RECENT_SIGN_IN.total_seconds() // 60),
        has_orders=bool(orders),
        open_orders=[order for order in orders if not order.finished],
        days=SETTLED_AFTER.days,
        years=settings().invoice_retention_years,
    )


@router.post(DELETE_PATH)
def delete_own_account(request: Request, customer: Customer, now: Now) -> Response:
    """Delete the account of a customer who has signed in recently, else ask them to.

    A repeat finds no session and leads to the sign-in page. Raises ``RateLimited``.
    """
    if not has_signed_in_recently(customer.visitor_id, now=now):
        return RedirectResponse(DELETE_PATH, 303)
    DELETIONS.hit(customer.email, now=now)
    delete_account(customer.email, customer.visitor_id, now=now)
    clear_visitor_cookie(request)
    # Deletes what pages stored in the browser: https://www.w3.org/TR/clear-site-data/
    return RedirectResponse("/account/deleted", 303, {"Clear-Site-Data": '"cache", "storage"'})


@router.get("/account/deleted", dependencies=[PUBLIC])
def show_deleted(request: Request, _: CurrentVisitor) -> Response:
    return render_page(
        request,
        "account/deleted.html",
        days=SETTLED_AFTER.days,
        years=settings().invoice_retention_years,
    )
