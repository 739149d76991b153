"""What an AWS account allows, what a run would need of it, and which limit is met first."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.load.plan import Plan

REQUEST_SECONDS = 0.15  # of the web function, warm, at its memory
PAGES_PER_VISIT = 4.5
ORDERS_PER_VISIT = 1 / 14
WORK_PER_ORDER = 1.5  # seconds of all workers and steps together
LETTERS_PER_ORDER = 2
TRANSITIONS_PER_ORDER = 6

type Client = Callable[[str], Any]


@dataclass(frozen=True)
class Need:
    """So much a second, or at once, is needed of what a quota allows."""

    quota: str
    needed: float
    allowed: float

    @property
    def share(self) -> float:
        return self.needed / self.allowed if self.allowed else math.inf


def visits_a_second(plan: Plan) -> float:
    """A user's visit takes the thinking after each page; answers take none to speak of."""
    return plan.arrivals or plan.users / (PAGES_PER_VISIT * (plan.think + REQUEST_SECONDS))


def needs(client: Client, plan: Plan) -> list[Need]:
    """The scarcest first."""
    visits = visits_a_second(plan)
    requests, orders = visits * PAGES_PER_VISIT, visits * ORDERS_PER_VISIT
    at_once = requests * REQUEST_SECONDS + orders * WORK_PER_ORDER
    found = [
        Need("Lambda: concurrent executions", at_once, _concurrency(client)),
        *_quota(client, "apigateway", "Throttle rate", requests),
        *_quota(client, "states", "StateTransition", orders * TRANSITIONS_PER_ORDER),
        Need("SES: letters a second", orders * LETTERS_PER_ORDER, _letters(client)),
    ]
    return sorted(found, key=lambda need: need.share, reverse=True)


def _concurrency(client: Client) -> float:
    """What nobody else in the account has reserved; a new account may have ten in all."""
    limit = client("lambda").get_account_settings()["AccountLimit"]
    return float(limit["UnreservedConcurrentExecutions"])


def _letters(client: Client) -> float:
    return float(client("sesv2").get_account()["SendQuota"]["MaxSendRate"])


def _quota(client: Client, service: str, name: str, needed: float) -> Iterator[Need]:
    """By its name, as the account has it; a quota that AWS does not list bounds nothing here."""
    quotas = client("service-quotas")
    pages = quotas.get_paginator("list_service_quotas").paginate(ServiceCode=service)
    for quota in (it for page in pages for it in page["Quotas"]):
        if name.lower() in quota["QuotaName"].lower() and "burst" not in quota["QuotaName"].lower():
            yield Need(f"{service}: {quota['QuotaName']}", needed, quota["Value"])
            return
