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
from app.persistence.audit_log import ENTRY_TTL
from app.settings import Settings
from app.web.security.authorization import Access
from app.web.security.request_limits import MAX_BODY_BYTES
from app.web.storefront.order_access import GUEST_ACCESS
from app.web.storefront.order_links import ORDER_LINKS
from infra.build.bundles import ROOT
from tests.security.test_template import FUNCTION, TEMPLATE, allowed, of_type
from workers.image_decoding import MAX_PIXELS

TEXT = (ROOT / ".github/SECURITY.md").read_text()
POLICY = re.sub(r"\s+", " ", TEXT)
PARAMETERS = TEMPLATE["Parameters"]
LOG_DAYS = PARAMETERS["LogRetentionDays"]["Default"]
MEGAPIXELS = {kind: pixels // 10**6 for kind, pixels in MAX_PIXELS.items()}
SERVICES = {
    "dynamodb": "DynamoDB",
    "s3": "S3",
    "secretsmanager": "Secrets Manager",
    "ses": "SES",
    "sns": "SNS",
    "sqs": "SQS",
    "states": "Step Functions",
}
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
        (
            f"| image | {MAX_UPLOAD_BYTES // MB} MB; JPEG or HEIC of {MEGAPIXELS['HEIF']}, "
            f"PNG of {MEGAPIXELS['PNG']}, WebP or AVIF of {MEGAPIXELS['WEBP']} megapixels"
        ),
        (
            f"One network may place {PARAMETERS['OrdersPerNetwork']['Default']} orders in "
            f"{seconds(WINDOW) // MINUTE} minutes or have as many unpaid, with "
            f"{PARAMETERS['UnitsPerNetwork']['Default']} units in them together"
        ),
        f"CSV of {MAX_FILE_BYTES // MB} MB and {MAX_ROWS:,} rows",
        f"a signed key of one order, {LINK_LIFETIME_SECONDS // DAY} days",
        f"for {GUEST_ACCESS.days} days after each was placed",
        f"| {GUEST_ACCESS.days} days after an order |",
        (
            f"{Settings().invoice_retention_years} years (invoices) or "
            f"{Settings().uncharged_order_days} days (never charged), then erased"
        ),
        f"table `audit-log` | {ENTRY_TTL.days // 365} years (TTL)",
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
        Access.MERCHANT: "| the staff |",
        Access.SHOP_OWNER: "| an owner of the shop |",
        Access.ORDER_TOKEN: "| an API client |",
        Access.PROVIDER_SIGNATURE: "| the payment provider |",
    }

    assert set(named) == set(Access)
    assert all(line in POLICY for line in named.values())
    assert {"OrdersTable", "CustomersTable"} <= set(of_type("AWS::DynamoDB::Table"))


@pytest.mark.parametrize(
    "statement",
    [
        "the postcode is one of the region, if the country has regions; the city is not checked",
        "total | at most 1,000,000,000 cents, and as the page showed it",
        "decoded, re-encoded, stored as WebP",
        "no account is locked",
        "There is no password, no second factor, and no other way to sign in.",
        "because shop counters are public places",
        "Users may have any number of sessions",
        "A resource of another caller does not exist (404).",
        "prices, owner and status are never taken from a request",
        "Customers see neither merchants' notes nor who decided a review.",
        "To rotate it, change the secret",
        "HMAC with SHA-256, one salt per purpose",
        "Hashes are SHA-256.",
        "The parameter `LoadTestKey`, empty by default, exempts a signed load test",
        "No URL that a user supplies is ever fetched.",
        "AWS encrypts all of it at rest (AES-256), and policies refuse connections without TLS.",
        "Personal data is in no log line, event, metric or workflow input.",
        "each has a queue or throttle of its own, and a concurrency limit",
        "It covers sign-in (requested, completed, refused), refused requests, forged fields",
        "IAM controls who may read logs; functions can only append.",
        "fixed within 7 days if critical, 30 days if high, and 90 days otherwise",
    ],
)
def test_security_policy_has_the_rules_that_no_figure_shows(statement: str) -> None:
    assert statement in POLICY


def test_security_policy_names_every_service_that_a_function_calls() -> None:
    called = {
        SERVICES[action.partition(":")[0]]
        for function in of_type(FUNCTION).values()
        for action, _ in allowed(function)
    }

    assert called == set(SERVICES.values())
    assert all(name in section("External communication") for name in called)


def test_security_policy_classifies_every_store_of_data() -> None:
    tables = of_type("AWS::DynamoDB::Table").values()
    stored = {it["TableName"]["Fn::Sub"].removeprefix("${AWS::StackName}-") for it in tables}
    buckets = {it.removesuffix("Bucket").lower() for it in of_type("AWS::S3::Bucket")}
    buckets = {"uploads" if it == "upload" else it for it in buckets}

    rows = [line for line in section("Data protection").splitlines() if line.startswith("| ")]

    assert [it for it in stored | buckets if not any(f"`{it}`" in row for row in rows)] == []
    assert all(row.split("|")[2].strip() for row in rows)


def section(heading: str) -> str:
    _, _, rest = TEXT.partition(f"## {heading}\n")
    return rest.partition("\n## ")[0]


def test_retention_of_dead_letters_and_uploads_equals_the_security_policy() -> None:
    queues = {it["MessageRetentionPeriod"] // DAY for it in of_type("AWS::SQS::Queue").values()}
    (rule,) = of_type("AWS::S3::Bucket")["UploadBucket"]["LifecycleConfiguration"]["Rules"]

    assert queues == {7, 14}
    assert "7 days, dead letters 14" in POLICY
    assert f"| {rule['ExpirationInDays']} days |" in POLICY
