"""The shipping step: hand a packed order to the carrier, unless its cancellation was requested."""

from datetime import datetime

from pynamodb.expressions.condition import Condition

from app.inventory import reservations
from app.observability.metrics import put_metric
from app.orders.close_reasons import CloseReason
from app.orders.compensation import start_refund
from app.orders.events import OrderShipped
from app.orders.models import Order, OrderStatus
from app.orders.transitions import (
    Transition,
    apply_transition,
    as_committed,
    event_header,
    find_order,
    order_transaction,
    retry_on_conflict,
    transition_at_once,
    transition_without_event,
)
from app.shipping.carrier import Parcel, carrier


@retry_on_conflict
def ship(order_id: str, *, now: datetime) -> Order:
    """Hand the parcel to the carrier and commit the reserved stock. Idempotent.

    An order that is cancelled or still being packed is returned unchanged. If the address is
    undeliverable, the order is refunded next. Raises ``CarrierUnavailable``; the caller retries.
    """
    order = _start_shipping(order_id, now)
    if order.status != OrderStatus.SHIPPING:
        return order
    result = carrier().collect(order_id, order.address.street, order.address.country)
    if isinstance(result, Parcel):
        return _mark_shipped(order, result, now)
    start_refund(order, CloseReason.UNDELIVERABLE, now=now)
    return find_order(order_id)


def is_ready_to_ship(
    *, packing_until: datetime | None, cancel_requested: bool, now: datetime
) -> bool:
    """Whether a paid order is packed and not cancelled. Pure, so that the order model calls it."""
    packed = packing_until is not None and packing_until <= now
    return packed and not cancel_requested


def _start_shipping(order_id: str, now: datetime) -> Order:
    """Apply the transition if the order may ship. A packed order is not read before."""
    shipping = Transition(OrderStatus.SHIPPING, condition=_is_shippable(now))
    if order := transition_at_once(order_id, OrderStatus.PAID, shipping, now=now):
        return order
    order = find_order(order_id)
    ready = is_ready_to_ship(
        packing_until=order.packing_until, cancel_requested=order.cancel_requested, now=now
    )
    if order.status != OrderStatus.PAID or not ready:
        return order
    return transition_without_event(order, shipping, now=now)


def _is_shippable(now: datetime) -> Condition:
    """``is_ready_to_ship`` as a condition: from the write on, ``cancel_order`` fails."""
    shippable: Condition = (Order.cancel_requested == False) & (  # noqa: E712
        Order.packing_until <= now
    )
    return shippable


def _mark_shipped(order: Order, parcel: Parcel, now: datetime) -> Order:
    event = OrderShipped(
        **event_header(order, now), lines=order.event_lines, tracking_code=parcel.tracking_code
    )
    tracked = [Order.tracking_code.set(parcel.tracking_code)]
    shipped = Transition(OrderStatus.SHIPPED, events=(event,), changes=tracked)
    with order_transaction() as transaction:
        apply_transition(transaction, order, shipped, now=now)
        for stock_key, quantity in order.reservations:
            reservations.commit(transaction, stock_key, quantity)
    put_metric("ClickToShipped", int((now - order.placed_at).total_seconds() * 1000), at=now)
    order.tracking_code = parcel.tracking_code
    return as_committed(order, shipped, now=now)
