"""Every statement of every role is needed: without it, something named here does not happen."""

import pytest

from tests.fake_clouds import DeployedShop, deployed_settings, use_cloud
from tests.integration.journeys.order_polling import eventually
from tests.integration.wiring.attempts import (
    Attempt,
    asking_about_what_is_decided,
    asking_for_a_review,
    burying_for,
    charging,
    counting,
    cutting_a_picture,
    cutting_what_was_missed,
    going_back_at_once,
    importing_a_new_piece,
    importing_a_price,
    keeping_the_ledger,
    looking_into_the_cart,
    opening_a_case,
    ordering_by_program,
    publishing,
    reconciling,
    reconciling_what_runs,
    refunding,
    refusing_by_the_clock,
    releasing,
    shipping,
    starting_a_workflow,
    sweeping,
    waking_a_workflow,
    writing_a_letter,
)
from tests.integration.wiring.permissions import logged_by, without

WORDS_FOR_DENIED = ("AccessDenied", "AuthorizationError", "(403)")  # most, SNS, S3 asked for a head


@pytest.fixture
def shop(guarded: DeployedShop) -> DeployedShop:
    use_cloud(deployed_settings(guarded))
    return guarded


ORDERS, STOCK, CATALOG = "-orders", "-stock", "-catalog"
BOOKS, PARCELS, SALES, LEDGER = "-provider-records", "-carrier-records", "-sales", "-stock-ledger"
PUT, GET, UPDATE = "dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:UpdateItem"
QUERY, WAKE = "dynamodb:Query", "states:SendTaskSuccess"
START, BURY = "states:StartExecution", "sqs:SendMessage"

STATEMENTS: list[tuple[str, str, str, Attempt]] = [
    ("web", PUT, ORDERS, ordering_by_program),
    ("web", UPDATE, STOCK, ordering_by_program),
    ("web", QUERY, "-customers", looking_into_the_cart),
    ("charge", UPDATE, ORDERS, charging),
    ("charge", UPDATE, BOOKS, charging),
    ("ship", UPDATE, ORDERS, shipping),
    ("ship", UPDATE, STOCK, shipping),
    ("ship", PUT, PARCELS, shipping),
    ("refund", UPDATE, ORDERS, refunding),
    ("refund", UPDATE, BOOKS, refunding),
    ("release", UPDATE, ORDERS, releasing),
    ("release", UPDATE, STOCK, releasing),
    ("review", PUT, ORDERS, asking_for_a_review),
    ("review", WAKE, "*", asking_about_what_is_decided),
    ("review", UPDATE, STOCK, refusing_by_the_clock),
    ("open-issue", UPDATE, ORDERS, opening_a_case),
    ("publish", "sns:Publish", "-order-events", publishing),
    ("publish", UPDATE, ORDERS, publishing),
    ("outbox-poller", QUERY, "/index/unpublished", sweeping),
    ("outbox-poller", "sns:Publish", "-order-events", sweeping),
    ("outbox-poller", UPDATE, ORDERS, sweeping),
    ("email", UPDATE, ORDERS, writing_a_letter),
    ("email", "ses:SendEmail", "*", writing_a_letter),
    ("email", BURY, "-email-dead-letters", burying_for("email")),
    ("analytics", PUT, ORDERS, counting),
    ("analytics", UPDATE, SALES, counting),
    ("analytics", BURY, "-analytics-dead-letters", burying_for("analytics")),
    ("inventory", PUT, ORDERS, keeping_the_ledger),
    ("inventory", PUT, LEDGER, keeping_the_ledger),
    ("inventory", UPDATE, STOCK, keeping_the_ledger),
    ("inventory", BURY, "-inventory-dead-letters", burying_for("inventory")),
    ("fulfillment", START, "-fulfill-order", starting_a_workflow),
    ("fulfillment", WAKE, "*", waking_a_workflow),
    ("fulfillment", UPDATE, ORDERS, going_back_at_once),
    ("fulfillment", UPDATE, STOCK, going_back_at_once),
    ("fulfillment", UPDATE, BOOKS, going_back_at_once),
    ("fulfillment", BURY, "-fulfillment-dead-letters", burying_for("fulfillment")),
    ("reconcile", QUERY, "/index/open", reconciling),
    ("reconcile", START, "-fulfill-order", reconciling),
    ("reconcile", "states:DescribeExecution", ":*", reconciling_what_runs),
    ("reconcile", BURY, "-failed-executions-dead-letters", burying_for("reconcile")),
    ("thumbnails", QUERY, CATALOG, cutting_what_was_missed),
    ("thumbnails", "s3:GetObject", "/images/*", cutting_a_picture),
    ("thumbnails", "s3:PutObject", "/media/*", cutting_a_picture),
    ("thumbnails", UPDATE, CATALOG, cutting_a_picture),
    ("imports", "s3:GetObject", "/imports/*", importing_a_price),
    ("imports", UPDATE, CATALOG, importing_a_price),
    ("imports", UPDATE, STOCK, importing_a_price),
    ("imports", PUT, LEDGER, importing_a_price),
    ("imports", PUT, "-audit-log", importing_a_new_piece),
]


@pytest.mark.parametrize(
    ("role", "action", "on", "attempt"),
    [pytest.param(*it, id=f"{it[0]} may {it[1]} on {it[2].lstrip('-/')}") for it in STATEMENTS],
)
def test_without_this_statement_it_is_noticed(
    shop: DeployedShop, role: str, action: str, on: str, attempt: Attempt
) -> None:
    with without(shop, role, action, on):
        assert not attempt(shop)

    if role != "web":  # whose log never quotes a message: a person may have typed it
        eventually(lambda: any(word in logged_by(shop, role) for word in WORDS_FOR_DENIED))
    assert attempt(shop)
