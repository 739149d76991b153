"""Packing: packing slips to print, and orders that are confirmed as packed and shipped together."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from jinja2.environment import TemplateModule
from msgspec.structs import replace

from app.cart.visitor import Visitor
from app.errors import Conflict, NotFound, ValidationFailed
from app.i18n.locales import find_language
from app.orders.models import Order, OrderStatus
from app.orders.order_list import read_orders
from app.orders.return_policy import RETURN_ADDRESS
from app.persistence.audit_log import record_completed_change
from app.shipping.carrier import CarrierUnavailable
from app.web.admin.reviews import Cursor, open_orders_page, selected_orders
from app.web.http.forms import SubmittedForm
from app.web.http.request_time import Now
from app.web.http.templating import environment, render_page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)
PATH = "/admin/packing"
SENDER = replace(RETURN_ADDRESS, company="")  # without the department for returns

PACKING = (Order.status == OrderStatus.PAID) & (Order.cancel_requested == False)  # noqa: E712

type Outcome = tuple[str, str, bool]  # an order id, what became of the order, whether it ships


@router.get(PATH)
def list_packing(request: Request, _: Merchant, cursor: Cursor = "") -> Response:
    return _render(request, cursor)


@router.post(PATH)
def ship_selected(
    request: Request, visitor: Merchant, now: Now, submitted: SubmittedForm
) -> Response:
    """Confirm each selected order as packed and ship it, by the step that the workflow runs too.

    A repeat finds the orders shipped and changes nothing; one after a crash ships the rest.
    """
    cursor = submitted.get("cursor", "")
    try:
        selected = selected_orders(submitted)
    except ValidationFailed as failed:
        return _render(request, cursor, status=422, errors={"orders": failed.message})
    outcomes = [_ship(order_id, visitor, now) for order_id in selected]
    numbers = {order.order_id: order.number for order in read_orders(selected)}
    is_complete = all(ships for _, _, ships in outcomes)
    status = 200 if is_complete else 409
    return _render(request, cursor, status=status, outcomes=outcomes, numbers=numbers)


def _ship(order_id: str, visitor: Visitor, now: datetime) -> Outcome:
    from app.orders.packing import ship_now  # noqa: PLC0415 (late: few requests ship an order)

    try:
        order = ship_now(order_id, now=now)
    except (Conflict, NotFound) as refused:
        return order_id, f"Not shipped. {refused.message}", False
    except CarrierUnavailable:
        message = "Packed. The carrier did not respond; the parcel is handed over later, by itself."
        return order_id, message, True
    if order.cancel_requested:
        return order_id, "Not shipped. The customer has just cancelled it.", False
    if order.status != OrderStatus.SHIPPED:
        return order_id, "Not shipped. The carrier refuses the address. A refund follows.", False
    if order.status_changed_at >= now:  # by this request: a repeat writes no other entry
        summary, path = f"Packed and shipped order {order.number}", f"/admin/orders/{order_id}"
        record_completed_change(summary, path=path, by=visitor.email, now=now)
    return order_id, f"Shipped, with the tracking code {order.tracking_code}.", True


@router.get("/admin/packing-slips")
def packing_slips(request: Request, _: Merchant) -> Response:
    """A page to print, with a slip for each selected order in the language of its customer.

    An order whose personal data is erased has none. The selection is that of the form at ``PATH``.
    """
    try:
        selected = selected_orders(request.query_params)
    except ValidationFailed as failed:
        cursor = request.query_params.get("cursor", "")
        return _render(request, cursor, status=422, errors={"orders": failed.message})
    orders = [order for order in read_orders(selected) if not order.erasure]
    if not orders:
        raise NotFound("There is no address to send this order to.")
    return render_page(request, "admin/packing_slips.html", slips=[_slip(it) for it in orders])


def _slip(order: Order) -> TemplateModule:
    template = environment(find_language(order.language)).get_template("orders/packing_slip.html")
    return template.make_module({"order": order, "sender": SENDER})


def _render(request: Request, cursor: str, *, status: int = 200, **values: Any) -> Response:
    page = open_orders_page(PACKING, cursor)
    return render_page(
        request,
        "admin/packing.html",
        status=422 if "errors" in page else status,
        **{"errors": {}, "outcomes": (), "numbers": {}, **values, **page},
    )
