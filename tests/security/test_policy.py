"""The figures in SECURITY.md equal those of the code."""

import re

import pytest

from app.cart.cart import MAX_LINES, MAX_QUANTITY_PER_LINE
from app.catalog.image_uploads import MAX_UPLOAD_BYTES
from app.catalog.imports.models import MAX_FILE_BYTES, MAX_ROWS
from app.catalog.search import MAX_QUERY_LENGTH
from app.customers.magic_links import LINKS_PER_EDGE, LINKS_PER_EMAIL, LINKS_PER_NETWORK
from app.customers.models import LINK_TTL
from app.customers.rate_limits import WINDOW
from app.customers.sessions import CUSTOMER_LIFETIME, MERCHANT_LIFETIME
from app.orders.checkout import MAX_TOTAL
from app.orders.signed_links import LINK_LIFETIME_SECONDS
from app.web.security.authorization import Access
from app.web.security.request_limits import MAX_BODY_BYTES
from app.web.storefront.order_access import GUEST_ACCESS
from app.web.storefront.order_links import ORDER_LINKS
from infra.build.bundles import ROOT
from tests.security.test_template import TEMPLATE, of_type

POLICY = re.sub(r"\s+", " ", (ROOT / ".github/SECURITY.md").read_text())
LOG_DAYS = TEMPLATE["Parameters"]["LogRetentionDays"]["Default"]
MINUTE, HOUR, DAY, MB = 60, 3_600, 86_400, 2**20


def seconds(span: object) -> int:
    return int(span.total_seconds())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "statement",
    [
        f"works once, for {seconds(LINK_TTL) // MINUTE} minutes",
        f"{LINKS_PER_EMAIL.max_hits} emails per address",
        f"{LINKS_PER_NETWORK.max_hits} per network in {seconds(WINDOW) // MINUTE} minutes",
        f"{LINKS_PER_EDGE.max_hits} per CloudFront edge",
        (
            f"ends after {seconds(CUSTOMER_LIFETIME.idle_timeout) // DAY} days without a visit and "
            f"{seconds(CUSTOMER_LIFETIME.absolute_timeout) // DAY} days at most"
        ),
        (
            f"a merchant's after {seconds(MERCHANT_LIFETIME.idle_timeout) // MINUTE} minutes and "
            f"{seconds(MERCHANT_LIFETIME.absolute_timeout) // HOUR} hours"
        ),
        (
            f"whole number, 1 to {MAX_QUANTITY_PER_LINE} of a product, "
            f"{MAX_LINES} products in an order"
        ),
        f"at most {MAX_TOTAL:,} cents",
        f"| search | {MAX_QUERY_LENGTH} characters",
        f"| any body | {MAX_BODY_BYTES // 1024} KB",
        f"| image | {MAX_UPLOAD_BYTES // MB} MB;",
        f"CSV of {MAX_FILE_BYTES // MB} MB and {MAX_ROWS:,} rows",
        f"a signed key of one order, {LINK_LIFETIME_SECONDS // DAY} days",
        f"for {GUEST_ACCESS.days} days after each was placed",
        f"| {GUEST_ACCESS.days} days after an order |",
        f"at most {ORDER_LINKS.max_hits} in {seconds(WINDOW) // MINUTE} minutes, and the response",
        f"one log group per function | {LOG_DAYS} days |",
    ],
)
def test_figures_of_the_security_policy_equal_the_code(statement: str) -> None:
    assert statement in POLICY


def test_security_policy_names_every_kind_of_caller() -> None:
    named = {
        Access.PUBLIC: "| anyone |",
        Access.ORDER_OWNER: "| a guest with a link |",
        Access.CUSTOMER: "| a customer |",
        Access.MERCHANT: "| a merchant |",
        Access.ORDER_TOKEN: "| an API client |",
        Access.PROVIDER_SIGNATURE: "| the payment provider |",
    }

    assert set(named) == set(Access)
    assert all(line in POLICY for line in named.values())
    assert {"OrdersTable", "CustomersTable"} <= set(of_type("AWS::DynamoDB::Table"))


def test_retention_of_dead_letters_and_uploads_equals_the_security_policy() -> None:
    queues = {it["MessageRetentionPeriod"] // DAY for it in of_type("AWS::SQS::Queue").values()}
    (rule,) = of_type("AWS::S3::Bucket")["UploadBucket"]["LifecycleConfiguration"]["Rules"]

    assert queues == {7, 14}
    assert "7 days, dead letters 14" in POLICY
    assert f"| {rule['ExpirationInDays']} days |" in POLICY
