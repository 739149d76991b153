"""What SECURITY.md says in figures is what the code does."""

import re

import pytest

from app.cart.cart import MOST_LINES, MOST_OF_ONE
from app.catalog.image_uploads import LARGEST_UPLOAD
from app.catalog.imports.rows import LARGEST_FILE, MOST_ROWS
from app.catalog.search import LONGEST
from app.customers.magic_links import (
    LINKS_PER_ADDRESS,
    LINKS_PER_EDGE,
    LINKS_PER_NETWORK,
    WINDOW,
)
from app.customers.models import LINK_LASTS
from app.customers.sessions import MERCHANTS, SHOPPERS
from app.orders.checkout import MAX_TOTAL
from app.orders.signed_links import LINK_LIFETIME_SECONDS as KEY_LASTS
from app.web.security.authorization import Who
from app.web.security.safety import LARGEST_BODY
from infra.build.bundles import ROOT
from tests.security.test_template import TEMPLATE, of_type

POLICY = re.sub(r"\s+", " ", (ROOT / ".github/SECURITY.md").read_text())
MINUTE, HOUR, DAY, MB = 60, 3_600, 86_400, 2**20


def seconds(span: object) -> int:
    return int(span.total_seconds())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "said",
    [
        f"works once, for {seconds(LINK_LASTS) // MINUTE} minutes",
        f"{LINKS_PER_ADDRESS} emails per address",
        f"{LINKS_PER_NETWORK} per network in {seconds(WINDOW) // MINUTE} minutes",
        f"{LINKS_PER_EDGE} per CloudFront edge",
        (
            f"ends after {seconds(SHOPPERS.idle) // DAY} days without a visit and "
            f"{seconds(SHOPPERS.longest) // DAY} days at most"
        ),
        (
            f"a merchant's after {seconds(MERCHANTS.idle) // MINUTE} minutes and "
            f"{seconds(MERCHANTS.longest) // HOUR} hours"
        ),
        f"whole number, 1 to {MOST_OF_ONE} of a product, {MOST_LINES} products in an order",
        f"at most {MAX_TOTAL:,} cents",
        f"| search | {LONGEST} characters",
        f"| any body | {LARGEST_BODY // 1024} KB",
        f"WebP of {LARGEST_UPLOAD // MB} MB",
        f"CSV of {LARGEST_FILE // MB} MB and {MOST_ROWS:,} rows",
        f"a signed key of one order, {KEY_LASTS // DAY} days",
        f"one log group per function | {TEMPLATE['Parameters']['LogDays']['Default']} days |",
    ],
)
def test_a_figure_of_the_policy_is_that_of_the_code(said: str) -> None:
    assert said in POLICY


def test_the_policy_knows_every_kind_of_caller_and_every_table_about_people() -> None:
    named = {
        Who.ANYONE: "| anyone |",
        Who.OWNER: "| a guest with a link |",
        Who.CUSTOMER: "| a customer |",
        Who.MERCHANT: "| a merchant |",
        Who.HOLDER: "| an API client |",
    }

    assert set(named) == set(Who)
    assert all(line in POLICY for line in named.values())
    assert {"OrdersTable", "CustomersTable"} <= set(of_type("AWS::DynamoDB::Table"))


def test_dead_letters_and_originals_go_when_the_policy_says() -> None:
    queues = {it["MessageRetentionPeriod"] // DAY for it in of_type("AWS::SQS::Queue").values()}
    (rule,) = of_type("AWS::S3::Bucket")["UploadBucket"]["LifecycleConfiguration"]["Rules"]

    assert queues == {4, 14}
    assert "4 days, dead letters 14" in POLICY
    assert f"| {rule['ExpirationInDays']} days |" in POLICY
