"""The orders API: place an order (idempotent by a key) and read it with its token."""

import hashlib
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from ulid import ULID

from app.aws.secrets import signing_secret
from app.cart.cart import Cart
from app.cart.pricing import apply_discount_code, price_cart
from app.discounts.entry import enter_code, read_code
from app.discounts.refusals import DiscountRefused
from app.errors import Gone
from app.orders import checkout
from app.orders.checkout_errors import PriceChanged
from app.orders.close_reasons import CloseReason, read_close_reason
from app.orders.models import API_OWNER, Order, OrderStatus
from app.orders.signed_links import check_order_key, order_key
from app.orders.transitions import find_order
from app.payments.gateway import PAYMENT_METHODS
from app.web.api.addresses import AddressRequest, AddressResponse, PostalAddressRequest
from app.web.api.idempotency_keys import IdempotencyKey
from app.web.api.returns import ReturnResponse, return_responses
from app.web.api.schemas import (
    ApiRequest,
    ApiResponse,
    CodedProblem,
    FieldProblem,
    TotalProblem,
    problems,
)
from app.web.http.forms import DeliveryNote, Email, Identifier
from app.web.http.request_id import problem_response
from app.web.http.request_time import Now
from app.web.security.authorization import PUBLIC, Access, requires
from app.web.security.caller_limits import Caller

router = APIRouter(tags=["orders"], responses=problems(400, 422, 503))
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
MAX_REQUEST_LINES = (
    300  # before lines of the same SKU are merged; then the limits of an order apply
)

OrderToken = Annotated[HTTPAuthorizationCredentials | None, Depends(order_token_scheme)]
DiscountCode = Annotated[
    str,
    AfterValidator(lambda text: read_code(text) if text else ""),
    WithJsonSchema({"type": "string", "maxLength": 20, "pattern": "^[A-Za-z0-9-]{0,20}$"}),
]
Cents = Annotated[int, Field(description="Euro cents. VAT is included, except in an export.")]


class OrderLineRequest(ApiRequest):
    """A product variant and how many of it."""

    sku: Identifier = Field(examples=["TARN-TEAL"])
    quantity: int = Field(ge=1, le=10, examples=[1])


class OrderRequest(ApiRequest):
    """An order. The shop calculates its prices; ``expected_total`` only guards against a change."""

    lines: list[OrderLineRequest] = Field(min_length=1, max_length=MAX_REQUEST_LINES)
    email: Email = Field(
        description="Receives the emails about this order.", examples=["ada@potter.example"]
    )
    address: AddressRequest
    billing_address: PostalAddressRequest | None = Field(
        None, description="If it is not the delivery address."
    )
    delivery_note: DeliveryNote = Field(
        "", description="For the carrier.", examples=["Please ring twice."]
    )
    payment_method: Identifier = Field(
        description="Sandbox: chooses what the test payment does.",
        json_schema_extra={"enum": [*PAYMENT_METHODS]},
    )
    discount_code: DiscountCode = Field(
        "", description="Case does not matter.", examples=["WELCOME10"]
    )
    expected_total: int | None = Field(
        None,
        ge=0,
        le=checkout.MAX_TOTAL,
        description=(
            "The total in euro cents that the customer agreed to. If the shop calculates a"
            " different one, nothing is ordered and the 422 response has the new `total`."
        ),
        examples=[6710],
    )

    @property
    def cart(self) -> Cart:
        """The lines as a cart, in which lines of the same SKU are merged."""
        cart = Cart()
        for line in self.lines:
            cart = cart.with_added(line.sku, line.quantity, price=0)
        return cart


class OrderLineResponse(ApiResponse):
    sku: str = Field(examples=["TARN-TEAL"])
    title: str = Field(examples=["Tarn Vase"])
    variant: str = Field(examples=["Teal"])
    quantity: int = Field(examples=[1])
    price: int = Field(description="The price of one unit in euro cents.", examples=[6800])


class OrderResponse(ApiResponse):
    """An order and its status."""

    order_id: str
    number: str = Field(
        description="The order number for people.", examples=["HC-20310612-4F7Q2-9XKTB"]
    )
    status: OrderStatus
    lines: list[OrderLineResponse]
    address: AddressResponse
    billing_address: AddressResponse | None = Field(description="Null if it is the same.")
    delivery_note: str | None = Field(description="For the carrier.")
    subtotal: Cents = Field(examples=[6800])
    discount: Cents = Field(examples=[680])
    discount_code: str | None = Field(
        description="The code of the discount, else null.", examples=["WELCOME10"]
    )
    shipping: Cents = Field(examples=[590])
    total: Cents = Field(examples=[6710])
    tax: int = Field(
        description="The VAT in the total, in euro cents; 0 in an export.", examples=[1071]
    )
    refunded: Cents = Field(examples=[0])
    returns: list[ReturnResponse] = Field([], description="By their number.")
    currency: str = Field(examples=["EUR"])
    placed_at: datetime
    tracking_code: str | None = Field(description="Set when the order has been shipped.")
    close_reason: Annotated[CloseReason | None, BeforeValidator(read_close_reason)] = Field(
        description="Why the order was cancelled or declined, else null."
    )


class PlacedOrderResponse(OrderResponse):
    """The new order with the token that reads it."""

    order_token: str = Field(description="Reads this order. Send it as a Bearer token.")


@router.post(
    "/api/orders",
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
        return _total_changed(changed.total)
    except DiscountRefused as refused:
        return _code_refused(refused)
    if order.placed_at != now:
        response.status_code = 200
        response.headers[REPLAYED] = "true"
    response.headers["Location"] = f"/api/orders/{order.order_id}"
    token = order_key(order.order_id, signing_secret())
    return PlacedOrderResponse(**_order_response(order).model_dump(), order_token=token)


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


def _total_changed(total: int) -> Response:
    detail = f"The total is {total} cents now. Nothing was ordered."
    problem = TotalProblem(
        status=422,
        title="The total has changed",
        detail=detail,
        errors=[FieldProblem(location="body/expected_total", detail=detail)],
        total=total,
    )
    return problem_response(problem.model_dump())


def _code_refused(refused: DiscountRefused) -> Response:
    problem = CodedProblem(
        status=409,
        title="The discount code cannot be used",
        detail=refused.message,
        code=refused.reason,
    )
    return problem_response(problem.model_dump())


@requires(Access.ORDER_TOKEN)
def _authorized_order(order_id: str, token: OrderToken) -> Order:
    check_order_key(order_id, token.credentials if token else "", signing_secret())
    order = find_order(order_id)
    if order.erasure:
        raise Gone("The personal data of this order has been erased.")
    return order


AuthorizedOrder = Annotated[Order, Depends(_authorized_order)]


@router.get(
    "/api/orders/{order_id}",
    operation_id="get_order",
    summary="Get an order",
    responses=problems(404, 410),
)
def read_order(order: AuthorizedOrder) -> OrderResponse:
    """Needs the order's own token. With another token, or none, the response is 404."""
    return _order_response(order).model_copy(update={"returns": return_responses(order)})


def order_id_for(key: str) -> str:
    """The order id that belongs to an idempotency key: a ULID from the key's SHA-256 hash."""
    digest = hashlib.sha256(f"{API_OWNER}:{key}".encode()).digest()
    return str(ULID.from_bytes(digest[:16]))


def _order_response(order: Order) -> OrderResponse:
    return OrderResponse.model_validate(order, from_attributes=True)
