"""An order's page, live until the order is closed; cancel and reorder; a customer's orders."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.cart.cart import MAX_QUANTITY_PER_LINE, Cart
from app.cart.models import update_cart
from app.cart.visitor import Visitor
from app.errors import Conflict
from app.inventory.reservations import read_stock
from app.orders.cancellation import can_cancel, cancel_order
from app.orders.close_reasons import CloseReason
from app.orders.drafts import reorder_draft
from app.orders.models import Order, OrderStatus
from app.orders.order_list import list_customer_orders
from app.orders.queries import OrderDetails, load_order_details
from app.orders.return_policy import RETURN_ADDRESS
from app.returns.requests import is_returnable, return_deadline
from app.shipping.carrier import CarrierUnavailable, Tracking, carrier
from app.shop_time import shop_day
from app.web.http.debug_panel import wants_debug_panel
from app.web.http.request_time import Now
from app.web.http.templating import render_page, wants_fragment
from app.web.security.sessions import CurrentVisitor, Customer, KnownVisitor
from app.web.storefront import (
    order_headings,
    order_polling,
    order_timeline,
    order_trace,
    return_texts,
)
from app.web.storefront.order_access import OrderPageParams, OwnedOrder, is_owner, store_grant
from app.web.storefront.order_trace import OrderTrace

router = APIRouter(include_in_schema=False)
Cursor = Annotated[str, Query(max_length=100)]


@router.get("/orders")
def list_orders(request: Request, customer: Customer, cursor: Cursor = "") -> Response:
    """A page of the customer's orders, newest first; an unknown cursor leads to the first page."""
    try:
        page = list_customer_orders(customer.email, cursor)
    except ValueError:
        return RedirectResponse("/orders", 303)
    return render_page(
        request,
        "orders/order_list.html",
        orders=page.orders,
        cursor=page.cursor,
        is_first_page=not cursor,
        status_label=order_timeline.status_label,
    )


@router.get("/orders/{order_id}")
def show_order(
    request: Request, visitor: CurrentVisitor, now: Now, details: OwnedOrder, query: OrderPageParams
) -> Response:
    """The order page; 204 for a poll if nothing has changed since the revision it shows."""
    if query.key:
        return store_grant(request, visitor, details.order.order_id)
    trace = _trace(request, details)
    if wants_fragment(request) and query.revision == _revision(details, trace, now):
        return Response(status_code=204)
    return _render(request, details, trace, now)


@router.post("/orders/{order_id}/cancel")
def submit_cancellation(request: Request, now: Now, details: OwnedOrder) -> Response:
    order_id, refused = details.order.order_id, ""
    try:
        cancel_order(order_id, now=now)
    except Conflict as conflict:
        refused = conflict.message
    if not refused and not wants_fragment(request):
        return RedirectResponse(f"/orders/{order_id}", 303)
    details = load_order_details(order_id)
    return _render(request, details, _trace(request, details), now, refused=refused)


@router.post("/orders/{order_id}/reorder")
def reorder(visitor: KnownVisitor, now: Now, details: OwnedOrder) -> Response:
    """Put the order's lines into the cart again, as far as they are in stock.

    A repeat adds nothing. A declined order continues at the payment if all its lines are there; if
    another payment was started meanwhile, its order is shown instead: nothing is paid twice.
    """
    order = details.order
    later = visitor.cart.draft.later_attempt(order.order_id)
    if order.status == OrderStatus.DECLINED and later:
        return RedirectResponse(f"/orders/{later}", 303)
    shortages = _shortages(order, _refill_cart(order, visitor, now))
    is_retry = order.status == OrderStatus.DECLINED and not shortages
    path = "/checkout#declined" if is_retry else "/cart"
    return RedirectResponse(f"{path}?{urlencode(shortages)}" if shortages else path, 303)


def _refill_cart(order: Order, visitor: Visitor, now: datetime) -> Cart:
    """Add the order's lines; its address only for its owner, not for a reader of its link."""
    is_own = is_owner(visitor, order, now)
    stock = read_stock(line.sku for line in order.lines)

    def refill(cart: Cart) -> Cart:
        for line in order.lines:
            row = stock.get(line.sku)
            available = int(row.available) if row and row.on_sale else 0
            quantity = max(line.quantity, cart.quantity_of(line.sku))
            if possible := min(quantity, available, MAX_QUANTITY_PER_LINE):
                cart = cart.with_quantity(line.sku, possible, price=int(stock[line.sku].price))
        draft = reorder_draft(order, cart.draft) if is_own else cart.draft
        return cart.with_draft(draft if cart.lines else draft.without_decline())

    return update_cart(visitor.owner, refill, now=now, signed_in_at=visitor.signed_in_at)


def _shortages(order: Order, cart: Cart) -> dict[str, str]:
    """Query parameters of the cart page: the SKUs that are sold out, and those that are fewer."""
    missing = [line.sku for line in order.lines if not cart.quantity_of(line.sku)]
    fewer = [ln.sku for ln in order.lines if 0 < cart.quantity_of(ln.sku) < ln.quantity]
    params = {"missing": ",".join(missing), "fewer": ",".join(fewer)}
    return {name: skus for name, skus in params.items() if skus}


def _render(
    request: Request,
    details: OrderDetails,
    trace: OrderTrace | None,
    now: datetime,
    *,
    refused: str = "",
) -> Response:
    order = details.order
    tracking = _track_parcel(order, now)
    is_delivered = tracking is not None and tracking.is_delivered
    return render_page(
        request,
        "orders/order.html",
        blocks=["status", "receipt", "debug_panel"],
        status=409 if refused else 200,
        order=order,
        status_label=order_timeline.status_label,
        steps=order_timeline.timeline_steps(details, tracking),
        heading=order_headings.heading(order),
        confirmation=order_headings.confirmation(details),
        status_line=order_headings.status_line(details, is_delivered=is_delivered),
        is_closing=order.status in order_timeline.CLOSED_WITHOUT_PARCEL,
        tracking=tracking,
        cancel_hint=order_timeline.cancel_hint(order) if can_cancel(order) else "",
        paid=details.event_time("order_paid") is not None,
        declined=order.status == OrderStatus.DECLINED,
        review_timed_out=order.close_reason == CloseReason.REVIEW_TIMED_OUT,
        poll_interval=order_polling.poll_interval(order, now),
        revision=_revision(details, trace, now),
        order_trace=trace,
        live=_is_live(request, order, now),
        returns=details.returns,
        return_title=return_texts.return_title,
        return_text=return_texts.return_text,
        return_address=RETURN_ADDRESS,
        can_return=is_returnable(details, now=now),
        return_until=return_deadline(details),
        refused=refused,
    )


def _track_parcel(order: Order, now: datetime) -> Tracking | None:
    """Where the parcel is; None for an order without one, and while the carrier does not answer."""
    if order.status != OrderStatus.SHIPPED or not order.tracking_code:
        return None
    try:
        return carrier().track(order.tracking_code, today=shop_day(now))
    except CarrierUnavailable:
        return None


def _trace(request: Request, details: OrderDetails) -> OrderTrace | None:
    """What the debug panel shows of the order; ``None`` without the panel."""
    return order_trace.build_trace(details) if wants_debug_panel(request) else None


def _revision(details: OrderDetails, trace: OrderTrace | None, now: datetime) -> str:
    revision = order_polling.revision(details, now)
    return f"{revision}-{trace.revision}" if trace else revision


def _is_live(request: Request, order: Order, now: datetime) -> bool:
    """Whether the page polls. With the debug panel it waits for the last consumers too."""
    if wants_debug_panel(request):
        return order_trace.is_settling(order, now)
    return not order.finished
