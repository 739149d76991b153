"""Shipping an order: claim it when it is packed and nobody cancelled, then hand it over."""

from datetime import datetime

from app.inventory.reservations import sell
from app.observability.metrics import measure
from app.orders.events import OrderShipped
from app.orders.models import Order, OrderStatus
from app.orders.transitions import Move, about, claim, find_order, move, moving, steady
from app.shipping.carrier import Parcel, Refusal, carrier


@steady
def ship(order_id: str, *, now: datetime) -> Order:
    """Ship once; a repeat changes nothing.

    An order that was cancelled, or is still being packed, is left alone. When the carrier refuses
    for good, the order goes on to be refunded. Raises ``CarrierUnavailable``: call again.
    """
    order = find_order(order_id)
    if order.status == OrderStatus.PAID and _may_go(order, now):
        order = _claim(order, now)
    if order.status != OrderStatus.SHIPPING:
        return order
    taken = carrier().collect(order_id, order.address.street, order.address.country)
    if isinstance(taken, Parcel):
        _mark_shipped(order, taken, now)
    else:
        _turn_back(order, taken, now)
    return find_order(order_id)


def _may_go(order: Order, now: datetime) -> bool:
    packed = order.packing_until is not None and order.packing_until <= now
    return packed and not order.cancel_requested


def _claim(order: Order, now: datetime) -> Order:
    """One condition says it all: paid, not cancelled, packed. After this, cancelling is refused."""
    condition = (Order.cancel_requested == False) & (Order.packing_until <= now)  # noqa: E712
    return claim(order, Move(OrderStatus.SHIPPING, only_if=condition), now=now)


def _mark_shipped(order: Order, parcel: Parcel, now: datetime) -> None:
    event = OrderShipped(
        **about(order, now), lines=order.event_lines, tracking_code=parcel.tracking_code
    )
    shipped = Move(
        OrderStatus.SHIPPED,
        events=(event,),
        changes=[Order.tracking_code.set(parcel.tracking_code)],
    )
    with moving() as transaction:
        move(transaction, order, shipped, now=now)
        for key, pieces in order.holds:
            sell(transaction, key, pieces)
    took = now - order.placed_at
    measure("click_to_shipped", int(took.total_seconds() * 1000), at=now)


def _turn_back(order: Order, refusal: Refusal, now: datetime) -> None:
    back = Move(
        OrderStatus.REFUNDING,
        changes=[
            Order.closing_as.set(OrderStatus.CANCELLED),
            Order.closing_reason.set(refusal.reason),
        ],
    )
    claim(order, back, now=now)
