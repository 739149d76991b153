"""The order list in the admin, with filters, sorting, cursor paging, and a CSV export of all."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.catalog.product_fields import normalize_sku
from app.csv_io.escaping import Cell, text_cell
from app.customers.email_addresses import read_email_address
from app.errors import ValidationFailed
from app.i18n.currency import format_plain
from app.orders.models import Order, OrderStatus
from app.orders.order_list import (
    ATTENTION,
    DEFAULT_DAYS,
    IN_OPEN_INDEX,
    OPEN,
    OrderFilter,
    all_orders,
    list_orders,
)
from app.shop_time import shop_day, shop_time
from app.text_policy import clean_search_text, to_unicode_form
from app.web.admin.csv_responses import csv_stream
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)
PATH = "/admin/orders"
STATUSES = {
    "": "All",
    OPEN: "Open",
    ATTENTION: "Needs attention",
    OrderStatus.PLACED: "New",
    OrderStatus.REVIEWING: "To review",
    OrderStatus.PAYING: "Paying",
    OrderStatus.PAID: "Packing",
    OrderStatus.SHIPPING: "Shipping",
    OrderStatus.REFUNDING: "Refunding",
    OrderStatus.RELEASING: "Closing",
    OrderStatus.SHIPPED: "Shipped",
    OrderStatus.DECLINED: "Declined",
    OrderStatus.CANCELLED: "Cancelled",
}
SORTS = {  # a label for each, and what is sorted
    "newest": ("Newest first", ""),
    "oldest": ("Oldest first", ""),
    "highest": ("Highest total first", "total"),
    "lowest": ("Lowest total first", "total"),
    "customer": ("Customer, A to Z", "customer"),
}
COLUMNS = (
    *("number", "placed", "status", "needs attention", "email", "name", "country", "items"),
    *("subtotal", "shipping", "total", "refunded", "currency", "tracking code"),
)

Text = Annotated[str, BeforeValidator(clean_search_text)]


def _day(text: object) -> object:
    return text or None


Day = Annotated[
    date | None, BeforeValidator(_day), Field(ge=date(2000, 1, 1), le=date(2999, 12, 31))
]


class OrderListQuery(BaseModel):
    """The filters as the form sends them; an empty one is none."""

    model_config = ConfigDict(str_max_length=254)

    status: str = ""
    email: Text = ""
    sku: Text = ""
    first: Day = None
    last: Day = None
    sort: Literal["newest", "oldest", "highest", "lowest", "customer"] = "newest"
    cursor: Annotated[str, Field(max_length=400)] = ""

    def to_filter(self, now: datetime) -> OrderFilter:
        """Raises ``ValidationFailed`` with a message for each invalid filter."""
        errors = {}
        if self.status not in STATUSES:
            errors["status"] = "Select a status of the list."
        try:
            email = read_email_address(self.email) if self.email else ""
        except ValueError:
            email, errors["email"] = "", "Enter a complete email address, like ada@potter.example."
        last = self.last or shop_day(now)
        sku = normalize_sku(self.sku)
        is_indexed = bool(email or sku) or self.status in IN_OPEN_INDEX
        first = self.first or (date.min if is_indexed else last - timedelta(days=DEFAULT_DAYS - 1))
        if first > last:
            errors["first"] = "Enter a first day that is not after the last one."
        if errors:
            raise ValidationFailed.for_fields(errors)
        return OrderFilter(first, last, self.status, email, sku, self.sort == "oldest")


OrderListParams = Annotated[OrderListQuery, Query()]


@router.get(PATH)
def order_list(request: Request, _: Merchant, now: Now, query: OrderListParams) -> Response:
    try:
        chosen = query.to_filter(now)
    except ValidationFailed as failed:
        return _render(request, query, status=422, errors=failed.errors)
    try:
        page = list_orders(chosen, query.cursor)
    except ValueError:
        message = "This page of the list does not exist. Start from the first page."
        return _render(request, query, status=422, errors={"cursor": message})
    return _render(
        request,
        query,
        orders=_sorted(page.orders, query.sort),
        cursor=page.cursor,
        first=chosen.first,
        is_by_deadline=page.is_by_deadline,
        is_in_ledger=chosen.is_in_ledger,
    )


def _sorted(orders: Sequence[Order], sort: str) -> Sequence[Order]:
    """The orders of a page by total or by customer: a list of any length has an index by time only.

    A character with an accent stands after the plain one, and an order without a name at the end.
    """
    if sort == "customer":
        return sorted(orders, key=lambda it: (not it.address.name, _folded(it.address.name)))
    if sort in ("highest", "lowest"):
        return sorted(orders, key=lambda it: -it.total if sort == "highest" else it.total)
    return orders


def _folded(name: str) -> str:
    return to_unicode_form("NFKD", name).casefold()


@router.get("/admin/orders.csv")
def export_orders(_: Merchant, now: Now, query: OrderListParams) -> Response:
    """Every order of the list, not only a page of it."""
    rows = map(_cells, all_orders(query.to_filter(now)))
    return csv_stream(f"orders-{shop_day(now)}", COLUMNS, rows)


def _cells(order: Order) -> tuple[Cell, ...]:
    amounts = (order.subtotal, order.shipping, order.total, order.refunded)
    return (
        text_cell(order.number),
        f"{shop_time(order.placed_at):%Y-%m-%d %H:%M}",
        STATUSES.get(order.status, order.status),
        "yes" if order.issue else "",
        order.email,
        text_cell(order.address.name),
        order.address.country,
        ", ".join(_items(order)),
        *map(format_plain, amounts),
        order.currency,
        text_cell(order.tracking_code or ""),
    )


def _items(order: Order) -> Iterator[str]:
    return (f"{line.quantity} x {line.sku}" for line in order.lines)


def _render(
    request: Request, query: OrderListQuery, *, status: int = 200, **context: Any
) -> Response:
    filters = query.model_dump(mode="json", exclude={"cursor"}, exclude_none=True)
    defaults: dict[str, Any] = {"orders": (), "cursor": "", "errors": {}, "first": None}
    return render_page(
        request,
        "admin/order_list.html",
        status=status,
        query=query,
        statuses=STATUSES,
        sorts=SORTS,
        sorted_by=SORTS[query.sort][1],
        filters=urlencode(filters),
        **defaults | {"is_by_deadline": False, "is_in_ledger": False} | context,
    )
