"""The orders API: place an order (idempotent by a key), read, cancel and list orders."""

import hashlib
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Response
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from ulid import ULID

from app.aws.secrets import accepted_signing_secrets, signing_secret
from app.cart.pricing import apply_discount_code, price_cart
from app.discounts.entry import enter_code
from app.discounts.refusals import DiscountRefused
from app.errors import Gone, PreconditionFailed
from app.orders import checkout
from app.orders.cancellation import HAS_CHANGED, can_cancel, cancel_order
from app.orders.checkout_errors import PriceChanged
from app.orders.models import API_OWNER, Order
from app.orders.order_list import list_customer_orders
from app.orders.signed_links import (
    check_order_key,
    order_key,
    read_list_cursor,
    sign_list_cursor,
)
from app.orders.transitions import find_order
from app.settings import settings
from app.web.api.conditional_requests import (
    ETAG_HEADER,
    IF_NONE_MATCH,
    NOT_MODIFIED,
    ConditionalRoute,
    IfMatch,
    entity_tag,
    matches,
)
from app.web.api.idempotency_keys import IdempotencyKey
from app.web.api.order_schemas import (
    OrderListResponse,
    OrderRequest,
    OrderResponse,
    PlacedOrderResponse,
    order_response,
    with_returns,
)
from app.web.api.schemas import (
    CodedProblem,
    TotalProblem,
    code_refused,
    problems,
    total_changed,
)
from app.web.http.forms import WholeNumber
from app.web.http.request_time import Now
from app.web.security.authorization import PUBLIC, Access, requires
from app.web.security.caller_limits import Caller
from app.web.security.errors import RequestRejected
from app.web.security.sessions import Customer

router = APIRouter(tags=["orders"], responses=problems(400, 422, 503), route_class=ConditionalRoute)
order_token_scheme = HTTPBearer(
    scheme_name="OrderToken",
    auto_error=False,
    description="The `order_token` from the response that placed the order.",
)
# Idempotency keys of all API clients share one scope, ``API_OWNER``. A scope per network address
# would break retries: they may come from another address. If two clients use the same key, the
# fingerprint of the order differs and the second request is rejected, so no client sees a foreign
# order. A key is never forgotten: the row of its order is the idempotency record.
REPLAYED = "Idempotent-Replayed"  # the name that Stripe's API uses

ORDERS_PATH = "/api/orders"
MAX_LIMIT = 50
DEFAULT_LIMIT = 20
NO_STORE = {"Cache-Control": "no-store"}  # personal data: a program keeps it, a browser does not
MAX_CURSOR_LENGTH = 300
INVALID_CURSOR = (
    "The cursor is not valid, or not yours. Send the `next` of the previous page unchanged, or no"
    " cursor to start with the newest order."
)
session_scheme = APIKeyCookie(
    name="__Host-visitor",
    scheme_name="Session",
    auto_error=False,
    description="The session of a customer who has signed in to the shop.",
)
OrderToken = Annotated[HTTPAuthorizationCredentials | None, Depends(order_token_scheme)]


@router.post(
    ORDERS_PATH,
    status_code=201,
    operation_id="place_order",
    summary="Place an order",
    response_description="The order was placed.",
    response_model=PlacedOrderResponse,
    dependencies=[PUBLIC],
    responses={
        200: {
            "model": PlacedOrderResponse,
            "description": "A retry: the order was already placed with this key.",
            "headers": {REPLAYED: {"schema": {"type": "string", "enum": ["true"]}}},
        },
        **problems(413, 415, 429),
        **problems(409, model=CodedProblem),
        **problems(422, model=TotalProblem),
    },
)
def place_api_order(
    order_request: OrderRequest, key: IdempotencyKey, now: Now, response: Response, caller: Caller
) -> PlacedOrderResponse | Response:
    """Reserves the stock and starts the fulfillment; the payment is charged later.

    **Idempotent:** a retry with the same `Idempotency-Key` and the same order returns the first
    order (200, with the header `Idempotent-Replayed: true`). The same key with another order is
    rejected (422), and so is a request while another one with the same key is running (409). A
    request that was rejected stores nothing: its key can be used again.

    An order has at most 30 different SKUs, and at most 10 units of each. Each network can place a
    limited number of orders in 15 minutes, and its unpaid orders can reserve a limited number of
    units together. Above a limit the response is 429, with `Retry-After`; it also limits how often
    a network can try discount codes. A code that cannot be used is rejected (409), and `code` of
    the problem says why, such as `discount_ended`.
    """
    try:
        order = _place(order_request, key, caller, now)
    except PriceChanged as changed:
        return total_changed(changed.total)
    except DiscountRefused as refused:
        return code_refused(refused)
    if order.placed_at != now:
        response.status_code = 200
        response.headers[REPLAYED] = "true"
    response.headers["Location"] = f"/api/orders/{order.order_id}"
    token = order_key(order.order_id, signing_secret())
    return PlacedOrderResponse(**order_response(order).model_dump(), order_token=token)


def _place(order_request: OrderRequest, key: str, caller: str, now: datetime) -> Order:
    billing = order_request.billing_address
    domain_request = checkout.OrderRequest(
        order_id=order_id_for(key),
        owner=API_OWNER,
        email=order_request.email,
        address=order_request.address.read(),
        billing_address=billing.read() if billing else None,
        delivery_note=order_request.delivery_note,
        payment_method=order_request.payment_method,
        shown_total=order_request.expected_total,
        caller=caller,
        discount_code=order_request.discount_code,
    )
    cart = order_request.cart
    if order_request.discount_code:
        enter_code(order_request.discount_code, caller, now=now)
    lines = ",".join(sorted(f"{line.sku}={line.quantity}" for line in cart.lines))
    return checkout.place_order(
        domain_request,
        apply_discount_code(price_cart(cart, now), domain_request.discount_code, now=now),
        now=now,
        fingerprint=domain_request.fingerprint(lines=lines),
    )


@requires(Access.ORDER_TOKEN)
def _authorized_order(order_id: str, token: OrderToken) -> Order:
    check_order_key(order_id, token.credentials if token else "", accepted_signing_secrets())
    order = find_order(order_id)
    if order.erasure:
        raise Gone("The personal data of this order has been erased.")
    return order


AuthorizedOrder = Annotated[Order, Depends(_authorized_order)]


@router.get(
    "/api/orders/{order_id}",
    operation_id="get_order",
    summary="Get an order",
    responses={**NOT_MODIFIED, **problems(404, 410)},
    dependencies=[IF_NONE_MATCH],
)
def read_order(order: AuthorizedOrder, response: Response) -> OrderResponse:
    """Needs the order's own token. With another token, or none, the response is 404.

    The `ETag` of the response can be sent as `If-None-Match`, and as `If-Match` to cancel.
    """
    return _tagged(order, response)


@router.post(
    "/api/orders/{order_id}/cancel",
    operation_id="cancel_order",
    summary="Cancel an order",
    response_description="The order is cancelled, or will be: see `cancel_requested`.",
    responses={200: {"headers": ETAG_HEADER}, **problems(404, 409, 410, 412)},
)
def cancel_api_order(
    order: AuthorizedOrder, now: Now, response: Response, if_match: IfMatch = ""
) -> OrderResponse:
    """Free of charge until the parcel is handed to the carrier; then the response is 409.

    An unpaid order is cancelled at once. Otherwise `cancel_requested` is true, and the order is
    cancelled when its payment has been refunded. **Idempotent:** a repeat changes nothing and
    returns the order (200), so it needs no `Idempotency-Key`. With `If-Match`, an order that has
    changed since that `ETag` stays as it is (412).
    """
    if not if_match:
        return _tagged(cancel_order(order.order_id, now=now), response)
    if can_cancel(order) and not matches(if_match, _tag_of(with_returns(order)), strongly=True):
        raise PreconditionFailed(HAS_CHANGED)
    return _tagged(cancel_order(order.order_id, now=now, seen=order), response)


class OrderListQuery(BaseModel):
    """The page of a customer's orders."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    limit: WholeNumber = Field(
        DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Maximum number of orders on the page."
    )
    cursor: str = Field("", max_length=MAX_CURSOR_LENGTH, description="The `next` before.")


@router.get(
    ORDERS_PATH,
    operation_id="list_orders",
    summary="List your orders",
    response_description="One page of orders, newest first.",
    responses={**NOT_MODIFIED, **problems(401)},
    dependencies=[IF_NONE_MATCH, Depends(session_scheme)],
)
def list_api_orders(
    customer: Customer, query: Annotated[OrderListQuery, Query()], response: Response
) -> OrderListResponse:
    """All orders of the customer who is signed in, as their page in the shop shows them.

    The only route that reads a cookie: that of a session, which begins with the link in a sign-in
    email. Without one the response is 401. To read all orders, repeat the request with `cursor`
    set to `next` until `next` is null. A cursor is signed for its customer.
    """
    try:
        place = read_list_cursor(query.cursor, customer.email, accepted_signing_secrets())
        page = list_customer_orders(customer.email, place, size=query.limit)
    except ValueError:
        raise RequestRejected(400, INVALID_CURSOR) from None
    response.headers.update(NO_STORE)
    cursor = page.cursor and sign_list_cursor(page.cursor, customer.email, signing_secret())
    if cursor:
        params = urlencode({"limit": query.limit, "cursor": cursor})
        response.headers["Link"] = f'<{settings().base_url}{ORDERS_PATH}?{params}>; rel="next"'
    orders = [order_response(order) for order in page.orders if not order.erasure]
    return OrderListResponse(orders=orders, next=cursor or None)


def order_id_for(key: str) -> str:
    """The order id that belongs to an idempotency key: a ULID from the key's SHA-256 hash."""
    digest = hashlib.sha256(f"{API_OWNER}:{key}".encode()).digest()
    return str(ULID.from_bytes(digest[:16]))


def _tag_of(shown: OrderResponse) -> str:
    return entity_tag(shown.model_dump_json().encode())


def _tagged(order: Order, response: Response) -> OrderResponse:
    shown = with_returns(order)
    response.headers.update({"ETag": _tag_of(shown), **NO_STORE})
    return shown
