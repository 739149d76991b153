"""Every statement of every role is needed: without it, something named here does not happen."""

import pytest

from tests.fake_clouds import RunningShop, settings_where_it_runs, speak_to
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
def shop(guarded: RunningShop) -> RunningShop:
    speak_to(settings_where_it_runs(guarded))
    return guarded


ORDERS, STOCK, CATALOG = "-orders", "-stock", "-catalog"
BOOKS, PARCELS, SALES, LEDGER = "-provider-books", "-carrier-books", "-sales", "-stock-ledger"
PUT, GET, UPDATE = "dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:UpdateItem"
QUERY, WAKE = "dynamodb:Query", "states:SendTaskSuccess"
START, BURY = "states:StartExecution", "sqs:SendMessage"

STATEMENTS: list[tuple[str, str, str, Attempt]] = [
    ("shop", PUT, ORDERS, ordering_by_program),
    ("shop", UPDATE, STOCK, ordering_by_program),
    ("shop", QUERY, "-customers", looking_into_the_cart),
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
    ("case", UPDATE, ORDERS, opening_a_case),
    ("publish", "sns:Publish", "-events", publishing),
    ("publish", UPDATE, ORDERS, publishing),
    ("sweep", QUERY, "/index/pending", sweeping),
    ("sweep", "sns:Publish", "-events", sweeping),
    ("sweep", UPDATE, ORDERS, sweeping),
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
    ("fulfilment", START, "-fulfil-order", starting_a_workflow),
    ("fulfilment", WAKE, "*", waking_a_workflow),
    ("fulfilment", UPDATE, ORDERS, going_back_at_once),
    ("fulfilment", UPDATE, STOCK, going_back_at_once),
    ("fulfilment", UPDATE, BOOKS, going_back_at_once),
    ("fulfilment", BURY, "-fulfilment-dead-letters", burying_for("fulfilment")),
    ("reconcile", QUERY, "/index/open", reconciling),
    ("reconcile", START, "-fulfil-order", reconciling),
    ("reconcile", "states:DescribeExecution", ":*", reconciling_what_runs),
    ("reconcile", BURY, "-rescue-dead-letters", burying_for("reconcile")),
    ("thumbnails", QUERY, CATALOG, cutting_what_was_missed),
    ("thumbnails", "s3:GetObject", "/incoming/*", cutting_a_picture),
    ("thumbnails", "s3:PutObject", "/media/*", cutting_a_picture),
    ("thumbnails", UPDATE, CATALOG, cutting_a_picture),
    ("imports", "s3:GetObject", "/imports/*", importing_a_price),
    ("imports", UPDATE, CATALOG, importing_a_price),
    ("imports", UPDATE, STOCK, importing_a_price),
    ("imports", PUT, LEDGER, importing_a_price),
    ("imports", PUT, "-changes", importing_a_new_piece),
]


@pytest.mark.parametrize(
    ("role", "action", "on", "attempt"),
    [pytest.param(*it, id=f"{it[0]} may {it[1]} on {it[2].lstrip('-/')}") for it in STATEMENTS],
)
def test_without_this_statement_it_is_noticed(
    shop: RunningShop, role: str, action: str, on: str, attempt: Attempt
) -> None:
    with without(shop, role, action, on):
        assert not attempt(shop)

    if role != "shop":  # whose log never quotes a message: a person may have typed it
        eventually(lambda: any(word in logged_by(shop, role) for word in WORDS_FOR_DENIED))
    assert attempt(shop)
