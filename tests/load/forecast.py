"""Orders per second that the template and the default quotas of AWS allow: the lowest stops first.

An order counts with its visit, as in the load test. Durations are assumed and stand below; all else
is read from the template or counted by `shop cost`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmarks.cost.order_units import write_units_of
from tests.load.quotas import (
    EMAILS_PER_ORDER,
    ORDERS_PER_VISIT,
    PAGES_PER_VISIT,
    REQUEST_SECONDS,
    TRANSITIONS_PER_ORDER,
    WORK_SECONDS_PER_ORDER,
)
from tests.load.template_limits import TemplateLimits

REQUESTS_PER_ORDER = PAGES_PER_VISIT / ORDERS_PER_VISIT
EVENTS_PER_ORDER = 3  # placed, paid, shipped
# Messages of an order in each queue, and the seconds that its worker needs for one of them.
MESSAGES = {"email": (EMAILS_PER_ORDER, 0.1), "analytics": (3, 0.03), "inventory": (3, 0.03)}
MESSAGES["fulfillment"] = (1, 0.05)
PUBLISH_SECONDS = 0.02  # for one event

DOCS = "https://docs.aws.amazon.com"
STATES_QUOTAS = f"{DOCS}/step-functions/latest/dg/service-quotas.html"
LAMBDA_QUOTAS = f"{DOCS}/lambda/latest/dg/gettingstarted-limits.html"
DYNAMODB_QUOTAS = f"{DOCS}/amazondynamodb/latest/developerguide/ServiceQuotas.html"
NEW_TABLE = f"{DOCS}/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"
API_QUOTAS = f"{DOCS}/apigateway/latest/developerguide/limits.html"


@dataclass(frozen=True, order=True)
class Ceiling:
    """``source`` is a parameter of the template, or the page of a quota."""

    orders_per_second: float
    what: str
    source: str


def ceilings(limits: TemplateLimits) -> list[Ceiling]:
    """All ceilings, the lowest first."""
    return sorted([*_of_template(limits), *_of_account(limits.stage)])


def _of_template(limits: TemplateLimits) -> Iterator[Ceiling]:
    pages = limits.requests_per_second / REQUESTS_PER_ORDER
    yield Ceiling(pages, "API: requests of all pages", "RequestsPerSecond")
    yield Ceiling(limits.orders_per_second, "API: checkout route", "OrdersPerSecond")
    for queue, (messages, seconds) in MESSAGES.items():
        rate = limits.concurrency[queue] / seconds / messages
        yield Ceiling(rate, f"Lambda: {queue} worker", "WorkerConcurrency")
    parallel = limits.batches_per_shard / PUBLISH_SECONDS / EVENTS_PER_ORDER
    yield Ceiling(parallel, "Stream of the orders table, one shard", "Stage")


def _of_account(stage: str) -> Iterator[Ceiling]:
    executions = 10 if stage == "demo" else 1_000  # a new account, and the usual quota
    seconds = REQUESTS_PER_ORDER * REQUEST_SECONDS + WORK_SECONDS_PER_ORDER
    yield Ceiling(executions / seconds, f"Lambda: {executions:,} executions", LAMBDA_QUOTAS)
    yield Ceiling(10_000 / REQUESTS_PER_ORDER, "API Gateway: 10,000 requests", API_QUOTAS)
    yield Ceiling(150, "Step Functions: 150 starts (300 in three regions)", STATES_QUOTAS)
    yield Ceiling(800 / TRANSITIONS_PER_ORDER, "Step Functions: 800 transitions", STATES_QUOTAS)
    units = write_units_of("orders")
    yield Ceiling(4_000 / units, "DynamoDB: a new table, 4,000 writes", NEW_TABLE)
    yield Ceiling(40_000 / units, "DynamoDB: a table, 40,000 writes", DYNAMODB_QUOTAS)
