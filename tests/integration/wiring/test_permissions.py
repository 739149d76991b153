"""Every statement of every role is needed: without it, the call named here fails."""

import pytest

from tests.fake_clouds import DeployedShop, deployed_settings, use_cloud
from tests.integration.journeys.order_polling import eventually
from tests.integration.wiring.function_calls import (
    Call,
    call_charge,
    call_open_issue,
    call_outbox_poller,
    call_publish,
    call_reconcile,
    call_refund,
    call_release,
    call_retention,
    call_review,
    call_review_after_decision,
    call_review_after_timeout,
    call_ship,
    call_thumbnails,
    call_thumbnails_by_schedule,
    call_verify,
    delete_files_by_schedule,
    deliver_cancel_requested,
    deliver_order_placed,
    deliver_poison_to,
    deliver_review_decided,
    deliver_stock_low_to_email,
    deliver_to_analytics,
    deliver_to_email,
    deliver_to_inventory,
    import_new_product,
    import_price,
    open_cart,
    place_order_by_api,
    receive_late_capture,
    roll_up_sales,
    ship_as_merchant,
)
from tests.integration.wiring.permissions import log_of, without

QUOTE_NO_ERRORS = {"web", "admin"}  # in their logs: messages may contain user input
ACCESS_DENIED = ("AccessDenied", "AuthorizationError", "(403)")  # most services, SNS, S3 HeadObject


@pytest.fixture
def shop(isolated_shop: DeployedShop) -> DeployedShop:
    use_cloud(deployed_settings(isolated_shop))
    return isolated_shop


ORDERS, STOCK, CATALOG = "-orders", "-stock", "-catalog"
PROVIDER_RECORDS, SHIPMENTS, SALES, LEDGER = (
    "-provider-records",
    "-carrier-records",
    "-sales",
    "-stock-ledger",
)
PUT, GET, UPDATE = "dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:UpdateItem"
QUERY, SEND_TASK_SUCCESS = "dynamodb:Query", "states:SendTaskSuccess"
START, SEND_MESSAGE = "states:StartExecution", "sqs:SendMessage"

STATEMENTS: list[tuple[str, str, str, Call]] = [
    ("web", PUT, ORDERS, place_order_by_api),
    ("web", UPDATE, STOCK, place_order_by_api),
    ("web", QUERY, "-customers", open_cart),
    ("web", UPDATE, PROVIDER_RECORDS, receive_late_capture),
    ("admin", PUT, SHIPMENTS, ship_as_merchant),
    ("admin", UPDATE, STOCK, ship_as_merchant),
    ("charge", UPDATE, ORDERS, call_charge),
    ("charge", UPDATE, PROVIDER_RECORDS, call_charge),
    ("ship", UPDATE, ORDERS, call_ship),
    ("ship", UPDATE, STOCK, call_ship),
    ("ship", PUT, SHIPMENTS, call_ship),
    ("refund", UPDATE, ORDERS, call_refund),
    ("refund", UPDATE, PROVIDER_RECORDS, call_refund),
    ("release", UPDATE, ORDERS, call_release),
    ("release", UPDATE, STOCK, call_release),
    ("release", UPDATE, CATALOG, call_release),
    ("review", UPDATE, ORDERS, call_review),
    ("review", SEND_TASK_SUCCESS, "*", call_review_after_decision),
    ("review", UPDATE, STOCK, call_review_after_timeout),
    ("review", UPDATE, CATALOG, call_review_after_timeout),
    ("open-issue", UPDATE, ORDERS, call_open_issue),
    ("publish", "sns:Publish", "-order-events", call_publish),
    ("publish", UPDATE, ORDERS, call_publish),
    ("outbox-poller", QUERY, "/index/unpublished", call_outbox_poller),
    ("outbox-poller", "sns:Publish", "-order-events", call_outbox_poller),
    ("outbox-poller", UPDATE, ORDERS, call_outbox_poller),
    ("email", UPDATE, ORDERS, deliver_to_email),
    ("email", QUERY, "/index/by-customer", deliver_to_email),
    ("email", "ses:SendEmail", "*", deliver_to_email),
    ("email", "dynamodb:BatchGetItem", STOCK, deliver_stock_low_to_email),
    ("email", SEND_MESSAGE, "-email-dead-letters", deliver_poison_to("email")),
    ("analytics", GET, ORDERS, deliver_to_analytics),
    ("analytics", UPDATE, SALES, deliver_to_analytics),
    ("analytics", GET, SALES, roll_up_sales),
    ("analytics", QUERY, SALES, roll_up_sales),
    ("analytics", QUERY, "/index/due", roll_up_sales),
    ("analytics", SEND_MESSAGE, "-analytics-dead-letters", deliver_poison_to("analytics")),
    ("inventory", GET, ORDERS, deliver_to_inventory),
    ("inventory", UPDATE, ORDERS, deliver_to_inventory),
    ("inventory", PUT, LEDGER, deliver_to_inventory),
    ("inventory", UPDATE, STOCK, deliver_to_inventory),
    ("inventory", SEND_MESSAGE, "-inventory-dead-letters", deliver_poison_to("inventory")),
    ("fulfillment", GET, ORDERS, deliver_order_placed),
    ("fulfillment", START, "-fulfill-order", deliver_order_placed),
    ("fulfillment", SEND_TASK_SUCCESS, "*", deliver_review_decided),
    ("fulfillment", UPDATE, ORDERS, deliver_cancel_requested),
    ("fulfillment", UPDATE, STOCK, deliver_cancel_requested),
    ("fulfillment", UPDATE, CATALOG, deliver_cancel_requested),
    ("fulfillment", UPDATE, PROVIDER_RECORDS, deliver_cancel_requested),
    ("fulfillment", SEND_MESSAGE, "-fulfillment-dead-letters", deliver_poison_to("fulfillment")),
    ("reconcile", QUERY, "/index/open", call_reconcile),
    ("reconcile", UPDATE, ORDERS, call_reconcile),
    ("reconcile", START, "-fulfill-order", call_reconcile),
    ("reconcile", SEND_MESSAGE, "-failed-executions-dead-letters", deliver_poison_to("reconcile")),
    ("verify", "dynamodb:Scan", STOCK, call_verify),
    ("verify", QUERY, ORDERS, call_verify),
    ("verify", "dynamodb:BatchGetItem", PROVIDER_RECORDS, call_verify),
    ("verify", "sqs:GetQueueAttributes", "-email", call_verify),
    ("retention", QUERY, ORDERS, call_retention),
    ("retention", QUERY, "/index/by-day", call_retention),
    ("retention", UPDATE, ORDERS, call_retention),
    ("retention", QUERY, "-customers", call_retention),
    ("thumbnails", QUERY, CATALOG, call_thumbnails_by_schedule),
    ("thumbnails", "s3:GetObject", "/images/*", call_thumbnails),
    ("thumbnails", "s3:PutObject", "/media/*", call_thumbnails),
    ("thumbnails", UPDATE, CATALOG, call_thumbnails),
    ("thumbnails", "s3:DeleteObject", "/media/*", delete_files_by_schedule),
    ("thumbnails", "s3:DeleteObject", "/images/*", delete_files_by_schedule),
    ("thumbnails", "s3:ListBucket", "-media-000000000000-eu-central-1", delete_files_by_schedule),
    ("imports", "s3:GetObject", "/imports/*", import_price),
    ("imports", UPDATE, CATALOG, import_price),
    ("imports", UPDATE, STOCK, import_price),
    ("imports", PUT, LEDGER, import_price),
    ("imports", PUT, "-audit-log", import_new_product),
]


@pytest.mark.parametrize(
    ("role", "action", "on", "call"),
    [pytest.param(*it, id=f"{it[0]} may {it[1]} on {it[2].lstrip('-/')}") for it in STATEMENTS],
)
def test_call_fails_without_its_iam_statement(
    shop: DeployedShop, role: str, action: str, on: str, call: Call
) -> None:
    with without(shop, role, action, on):
        assert not call(shop)

    if role not in QUOTE_NO_ERRORS:
        eventually(lambda: any(word in log_of(shop, role) for word in ACCESS_DENIED))
    assert call(shop)
