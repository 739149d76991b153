"""The pages at `/console/orders`: the latest orders, and the trace of one."""

import re
from datetime import UTC, datetime
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from app.aws.table_reader import Row
from infra.local.cloud import LocalCloud
from infra.local.console.console_stack import ConsoleStack
from infra.local.console.order_rows import find_by_number, latest_orders, order_partition, placed_at
from infra.local.console.order_trace import order_trace
from infra.local.console.rendering import (
    SECURITY_HEADERS,
    error_page,
    local_route,
    render_page,
)
from infra.local.console.sign_in import sign_in
from infra.user_error import UserError

ORDER_ID = re.compile(r"[0-9A-Z]{26}")
NUMBER = re.compile(r"HC-(?:[0-9]{8}-)?[0-9A-Z]{5}(?:-[0-9A-Z]{5})?")
ORDER_NAMES = "Enter an id of 26 characters, or a number such as HC-20311123-4F7Q2-9XKTB."


def order_pages(cloud: LocalCloud) -> list[BaseRoute]:
    pages = OrderPages(cloud)
    return [
        local_route("/console/orders", pages.list_orders),
        local_route("/console/orders/{order_id}", pages.show),
        local_route("/console/orders/{order_id}/open", pages.open_in_shop, methods=["POST"]),
    ]


class OrderPages:
    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._stack = ConsoleStack.on_local_cloud(cloud)

    def list_orders(self, request: Request) -> Response:
        query = request.query_params
        if wanted := query.get("id", "").strip().upper()[:40]:
            found = find_by_number(self._cloud, wanted) if NUMBER.fullmatch(wanted) else wanted
            return RedirectResponse(f"/console/orders/{quote(found)}", 303, SECURITY_HEADERS)
        before = query.get("before", "")
        now = datetime.now(UTC)
        page = latest_orders(
            self._cloud, self._stack, before=before if ORDER_ID.fullmatch(before) else ""
        )
        return render_page(
            "orders.html", page=page, now=now, placed_at=placed_at, is_newest=not before
        )

    def show(self, request: Request) -> Response:
        order_id = request.path_params["order_id"]
        rows = self._rows(order_id)
        if "order" not in rows:
            return error_page(f"There is no order {order_id[:40]}. {ORDER_NAMES}")
        return render_page("order.html", **order_trace(self._cloud, self._stack, rows))

    def open_in_shop(self, request: Request) -> Response:
        """Sign in as the customer of this order and open its page in the shop."""
        order_id = request.path_params["order_id"]
        email = self._rows(order_id).get("order", {}).get("email", "")
        if not email:
            return error_page("This order has no customer with an email address.", 404)
        try:
            confirmed = sign_in(self._cloud, email, request.headers.get("cookie", ""))
        except UserError as error:
            return error_page(str(error), 504)
        response = RedirectResponse(f"/orders/{order_id}", 303, SECURITY_HEADERS)
        for cookie in confirmed.headers.get_list("set-cookie"):
            response.headers.append("set-cookie", cookie)
        return response

    def _rows(self, order_id: str) -> dict[str, Row]:
        return order_partition(self._stack, order_id) if ORDER_ID.fullmatch(order_id) else {}
