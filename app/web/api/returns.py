"""The returns of an order, as the orders API shows them."""

from pydantic import Field

from app.orders.models import Order, OrderStatus
from app.orders.queries import returns_of
from app.web.api.schemas import ApiResponse


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


def return_responses(order: Order) -> list[ReturnResponse]:
    """One Query for a shipped order. Other orders have no returns, and are read without it."""
    if order.status != OrderStatus.SHIPPED:
        return []
    rows = returns_of(order.order_id)
    return [ReturnResponse.model_validate(row, from_attributes=True) for row in rows]
