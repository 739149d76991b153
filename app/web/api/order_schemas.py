"""The models of the orders API: an order to place, and an order with its returns."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from app.cart.cart import Cart
from app.discounts.entry import read_code
from app.orders import checkout
from app.orders.close_reasons import CloseReason, read_close_reason
from app.orders.models import Order, OrderStatus
from app.orders.queries import returns_of
from app.payments.gateway import PAYMENT_METHODS
from app.web.api.addresses import AddressRequest, AddressResponse, PostalAddressRequest
from app.web.api.schemas import ApiRequest, ApiResponse
from app.web.http.forms import DeliveryNote, Email, Identifier

MAX_REQUEST_LINES = (
    300  # before lines of the same SKU are merged; then the limits of an order apply
)

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


class ReturnLineResponse(ApiResponse):
    sku: str = Field(examples=["TARN-TEAL"])
    quantity: int = Field(description="The units that the customer returns.", examples=[1])


class ReturnResponse(ApiResponse):
    """A return of some units of the order."""

    number: int = Field(description="Counted from 1 within the order.", examples=[1])
    status: str = Field(
        description="One of requested, approved, received, refused, refunded.",
        examples=["refunded"],
    )
    lines: list[ReturnLineResponse]
    refunded: int | None = Field(description="Euro cents; null until refunded.", examples=[6800])


class OrderResponse(ApiResponse):
    """An order and its status."""

    order_id: str = Field(examples=["01KZ3M6ZD8Q7W1E9R5T2Y4P0AB"])
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
    returns: list[ReturnResponse] = Field([], description="By their number.", examples=[[]])
    currency: str = Field(examples=["EUR"])
    placed_at: datetime = Field(examples=["2031-06-12T12:00:00Z"])
    cancel_requested: bool = Field(description="Whether the order is or will be cancelled.")
    tracking_code: str | None = Field(description="Set when the order has been shipped.")
    close_reason: Annotated[CloseReason | None, BeforeValidator(read_close_reason)] = Field(
        description="Why the order was cancelled or declined, else null."
    )


class PlacedOrderResponse(OrderResponse):
    """The new order with the token that reads it."""

    order_token: str = Field(
        description="Reads and cancels this order. Send it as a Bearer token.",
        examples=["IjAxS1ozTTZaRDhRN1cxRTlSNVQyWTRQMEFCIg.bZ1k3w.PdQv0Yx8"],
    )


class OrderListResponse(ApiResponse):
    """One page of orders. Their returns are empty here: read an order by its id to see them."""

    orders: list[OrderResponse]
    next: str | None = Field(
        description="The `cursor` of the next page; null on the last page.",
        examples=["WyJNakF6TVMwd05pMHhNbFEiLCJjdXN0b21lciJd.9Gt2kQ"],
    )


def order_response(order: Order) -> OrderResponse:
    return OrderResponse.model_validate(order, from_attributes=True)


def with_returns(order: Order) -> OrderResponse:
    """One Query for a shipped order. Other orders have no returns, and are read without it."""
    shown = order_response(order)
    if order.status != OrderStatus.SHIPPED:
        return shown
    returns = [
        ReturnResponse.model_validate(row, from_attributes=True)
        for row in returns_of(order.order_id)
    ]
    return shown.model_copy(update={"returns": returns})
