"""The quotas of an AWS account against the needs of a run: which quota is exhausted first."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.aws.errors import explain_aws_error
from tests.load.plan import Plan

REQUEST_SECONDS = 0.15  # of the warm web function at its memory size
PAGES_PER_VISIT = 4.5
ORDERS_PER_VISIT = 1 / 14
WORK_SECONDS_PER_ORDER = 1.5  # of all workers and workflow steps together
EMAILS_PER_ORDER = 2
TRANSITIONS_PER_ORDER = 3

# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html, and of Step Functions
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: three regions have more.
DEFAULT_QUOTAS = {"apigateway": 10_000, "states": 800}

type Client = Callable[[str], Any]


@dataclass(frozen=True)
class QuotaUse:
    """How much of a quota a run needs, per second or concurrently.

    ``unread`` is why the account's own value is not known, and ``allowed`` the default of AWS.
    """

    quota: str
    needed: float
    allowed: float
    unread: str = ""

    @property
    def share(self) -> float:
        return self.needed / self.allowed if self.allowed else math.inf


def visits_per_second(plan: Plan) -> float:
    """In a closed workload a visit lasts for the think time and response time of its pages."""
    return plan.arrivals or plan.users / (PAGES_PER_VISIT * (plan.think + REQUEST_SECONDS))


def quota_uses(client: Client, plan: Plan) -> list[QuotaUse]:
    """Return all uses, the largest share first."""
    visits = visits_per_second(plan)
    requests, orders = visits * PAGES_PER_VISIT, visits * ORDERS_PER_VISIT
    concurrent = requests * REQUEST_SECONDS + orders * WORK_SECONDS_PER_ORDER
    uses = [
        QuotaUse("Lambda: concurrent executions", concurrent, _concurrency_limit(client)),
        *_quota(client, "apigateway", "Throttle rate", requests),
        *_quota(client, "states", "StateTransition", orders * TRANSITIONS_PER_ORDER),
        QuotaUse("SES: emails per second", orders * EMAILS_PER_ORDER, _max_send_rate(client)),
    ]
    return sorted(uses, key=lambda use: use.share, reverse=True)


def _concurrency_limit(client: Client) -> float:
    """The unreserved concurrency; a new account may have a limit of ten."""
    limit = client("lambda").get_account_settings()["AccountLimit"]
    return float(limit["UnreservedConcurrentExecutions"])


def _max_send_rate(client: Client) -> float:
    return float(client("sesv2").get_account()["SendQuota"]["MaxSendRate"])


def _quota(client: Client, service: str, name: str, needed: float) -> Iterator[QuotaUse]:
    """Find the account's value by the quota's name; yields nothing if AWS does not list it.

    The default, if the account may not read its quotas or AWS answers with an error.
    """
    try:
        quotas = _list_quotas(client, service)
    except (BotoCoreError, ClientError) as error:
        default, unread = DEFAULT_QUOTAS[service], explain_aws_error(error)
        yield QuotaUse(f"{service}: {name} (default)", needed, default, unread)
        return
    for quota in quotas:
        if name.lower() in quota["QuotaName"].lower() and "burst" not in quota["QuotaName"].lower():
            yield QuotaUse(f"{service}: {quota['QuotaName']}", needed, quota["Value"])
            return


def _list_quotas(client: Client, service: str) -> list[Any]:
    paginator = client("service-quotas").get_paginator("list_service_quotas")
    return [it for page in paginator.paginate(ServiceCode=service) for it in page["Quotas"]]


def explain_defaults(uses: Iterable[QuotaUse]) -> str:
    """Say in one line which quotas are the defaults of AWS, and why; empty if none is."""
    unread = [use for use in uses if use.unread]
    names = " and ".join(use.quota.partition(":")[0] for use in unread)
    return f"The quotas of {names} are AWS's defaults. {unread[0].unread}" if unread else ""
