"""Placing an order by program, once however often it is sent, and reading it with its token."""

import hashlib
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Header, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError
from ulid import ULID

from app.aws.secrets import signing_secret
from app.card_numbers import CARD_NUMBER_REJECTED, has_card_number
from app.cart.cart import Cart
from app.cart.pricing import price_cart
from app.orders.addresses import address_errors, parse_address
from app.orders.checkout import OrderRequest, place_order
from app.orders.models import Order, OrderStatus
from app.orders.signed_links import check_order_key, order_key
from app.orders.transitions import find_order
from app.payments.gateway import PAYMENT_METHODS
from app.web.api.schemas import ApiResponse, ApiRequest, problems
from app.web.http.forms import Email, Line, OptionalLine
from app.web.http.request_time import Now
from app.web.security.authorization import PUBLIC, Access, requires

router = APIRouter(tags=["orders"], responses=problems(400, 422))
bearer = HTTPBearer(auto_error=False, description="The `order_token` that placing it answered.")
# One scope for all programs, and not the caller's network address: a retry may come from another
# address, and must still be the same order. A key that two programs share is refused by the hash of
# what was ordered, so no one ever gets an order that is not their own, line by line.
API_OWNER = "api"
MAX_REQUEST_LINES = 300  # lines before those of one sku are merged; the limits of an order come after

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=20,
        max_length=64,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="Random, chosen once for this order; sent again, it is the same order.",
    ),
]
Token = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


class OrderLineRequest(ApiRequest):
    sku: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    quantity: int = Field(ge=1, le=10)


class AddressRequest(ApiRequest):
    """Which fields are needed depends on the country."""

    name: Line
    street: Line
    city: OptionalLine = ""
    postal_code: OptionalLine = ""
    region: OptionalLine = ""
    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2, such as DE.")

    @model_validator(mode="after")
    def _as_the_post_wants_it(self) -> Self:
        values = self.model_dump()
        wrong = address_errors(values)
        if any(has_card_number(value) for value in values.values()):
            wrong = {"address": CARD_NUMBER_REJECTED}
        if wrong:
            said = "; ".join(f"{field}: {why}" for field, why in wrong.items())
            raise PydanticCustomError("address", "{said}", {"said": said})
        return self


class PlaceOrderRequest(ApiRequest):
    lines: list[OrderLineRequest] = Field(min_length=1, max_length=MAX_REQUEST_LINES)
    email: Email
    address: AddressRequest
    payment_method: str = Field(json_schema_extra={"enum": [*PAYMENT_METHODS]})

    @property
    def cart(self) -> Cart:
        """Lines of one sku become one. Prices are not the caller's to say."""
        cart = Cart()
        for line in self.lines:
            cart = cart.with_added(line.sku, line.quantity, price=0)
        return cart


class OrderLineResponse(ApiResponse):
    sku: str
    title: str
    variant: str
    quantity: int
    price: int = Field(description="Of one piece, in whole cents.")


class OrderResponse(ApiResponse):
    order_id: str
    number: str = Field(description="What a person can read out.")
    status: OrderStatus
    lines: list[OrderLineResponse]
    subtotal: int
    shipping: int
    total: int
    refunded: int
    currency: str
    placed_at: datetime
    tracking_code: str | None
    closing_reason: str | None


class PlacedOrderResponse(OrderResponse):
    order_token: str = Field(description="Opens this order: send it as a Bearer token.")


@router.post(
    "/api/orders",
    status_code=201,
    summary="Place an order",
    dependencies=[PUBLIC],
    responses={
        200: {"model": PlacedOrderResponse, "description": "This key has placed this order before."},
        **problems(409, 413, 415, 503),
    },
)
def place_api_order(asked: PlaceOrderRequest, key: IdempotencyKey, now: Now, answer: Response) -> PlacedOrderResponse:
    """At most ten of a sku and thirty skus. Nothing is charged yet when this answers.

    The same key with the same order is the same order; with another order it is refused with 422.
    """
    wanted = OrderRequest(
        order_id=order_id_for(key),
        owner=API_OWNER,
        email=asked.email,
        address=parse_address(asked.address.model_dump()),
        payment_method=asked.payment_method,
    )
    cart = asked.cart
    lines = ",".join(sorted(f"{line.sku}={line.quantity}" for line in cart.lines))
    order = place_order(
        wanted, price_cart(cart, now), now=now, fingerprint=wanted.fingerprint(lines=lines)
    )
    if order.placed_at != now:
        answer.status_code = 200
    answer.headers["Location"] = f"/api/orders/{order.order_id}"
    token = order_key(order.order_id, signing_secret())
    return PlacedOrderResponse(**_order_response(order).model_dump(), order_token=token)


@requires(Access.ORDER_TOKEN)
def _own_order(order_id: str, token: Token) -> Order:
    check_order_key(order_id, token.credentials if token else "", signing_secret())
    return find_order(order_id)


OwnOrder = Annotated[Order, Depends(_own_order)]


@router.get("/api/orders/{order_id}", summary="Read an order", responses=problems(404))
def read_order(order: OwnOrder) -> OrderResponse:
    """Without its token, or with that of another order, there is no such order."""
    return _order_response(order)


def order_id_for(key: str) -> str:
    """The same key is the same order: 26 characters of the hash of scope and key."""
    digest = hashlib.sha256(f"{API_OWNER}:{key}".encode()).digest()
    return str(ULID.from_bytes(digest[:16]))


def _order_response(order: Order) -> OrderResponse:
    return OrderResponse.model_validate(order, from_attributes=True)
