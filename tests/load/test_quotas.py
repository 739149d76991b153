from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError
from tests.builders import NOON
from tests.load.estimated_cost import estimate_usd, require_budget
from tests.load.plan import CatalogItem, Plan
from tests.load.quotas import explain_defaults, quota_uses, visits_per_second
from tests.load.throttles import count_throttles

QUOTAS = {
    "apigateway": [("Throttle burst rate", 5_000), ("Throttle rate", 10_000)],
    "states": [("StateTransition throttle token refill rate per second", 1_500)],
}


def a_plan(**changes: Any) -> Plan:
    defaults: dict[str, Any] = {
        "run_id": "1",
        "url": "",
        "seconds": 600,
        "items": (CatalogItem("MUG", "mug"),),
    }
    return Plan(**(defaults | changes))


class Account:
    """Stubbed AWS clients of an account; a call without a prepared response fails."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._clients: dict[str, Any] = {}
        self._stubs: dict[str, Stubber] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(service)
            self._stubs[service] = Stubber(self._clients[service])
            self._stack.enter_context(self._stubs[service])
        return self._clients[service]

    def add_response(
        self, service: str, operation: str, response: Any, parameters: Any = None
    ) -> None:
        self.client(service)
        self._stubs[service].add_response(operation, response, parameters)

    def add_error(self, service: str, operation: str, code: str) -> None:
        self.client(service)
        self._stubs[service].add_client_error(operation, code)


@pytest.fixture
def account() -> Iterator[Account]:
    with ExitStack() as stack:
        yield Account(stack)


def with_quotas(
    account: Account,
    *,
    functions: int = 1_000,
    emails: float = 14,
    listed: Mapping[str, list[tuple[str, int]]] = QUOTAS,
) -> Account:
    limit = {"AccountLimit": {"UnreservedConcurrentExecutions": functions}}
    account.add_response("lambda", "get_account_settings", limit)
    account.add_response("sesv2", "get_account", {"SendQuota": {"MaxSendRate": emails}})
    for service, values in listed.items():
        quotas = [{"QuotaName": name, "Value": value} for name, value in values]
        response = {"Quotas": quotas}
        account.add_response(
            "service-quotas", "list_service_quotas", response, {"ServiceCode": service}
        )
    return account


def test_concurrency_is_the_first_quota_of_a_new_account(account: Account) -> None:
    uses = quota_uses(with_quotas(account, functions=10).client, a_plan(arrivals=20))

    assert uses[0].quota == "Lambda: concurrent executions"
    assert uses[0].share > 1


def test_the_email_rate_is_the_first_quota_of_an_established_account(account: Account) -> None:
    uses = quota_uses(with_quotas(account).client, a_plan(arrivals=20))

    assert uses[0].quota == "SES: emails per second"
    assert {use.quota: use.allowed for use in uses} == {
        "Lambda: concurrent executions": 1_000,
        "SES: emails per second": 14,
        "apigateway: Throttle rate": 10_000,
        "states: StateTransition throttle token refill rate per second": 1_500,
    }
    assert explain_defaults(uses) == ""


@pytest.mark.parametrize("code", ["AccessDeniedException", "400"])
def test_quotas_that_aws_does_not_list_have_their_defaults(account: Account, code: str) -> None:
    account = with_quotas(account, listed={})
    account.add_error("service-quotas", "list_service_quotas", code)
    account.add_error("service-quotas", "list_service_quotas", code)

    uses = quota_uses(account.client, a_plan(arrivals=20))

    assert {use.quota: use.allowed for use in uses if "default" in use.quota} == {
        "apigateway: Throttle rate (default)": 10_000,
        "states: StateTransition (default)": 800,
    }
    line = explain_defaults(uses)
    assert line.startswith("The quotas of apigateway and states are AWS's defaults. ")
    assert "ListServiceQuotas" in line


def test_a_quota_of_zero_is_always_exhausted(account: Account) -> None:
    assert quota_uses(with_quotas(account, emails=0).client, a_plan(arrivals=1))[0].share == float(
        "inf"
    )


def test_think_time_lowers_the_rate_of_visits() -> None:
    assert visits_per_second(a_plan(arrivals=3)) == 3
    assert visits_per_second(a_plan(users=50, think=4)) < visits_per_second(
        a_plan(users=50, think=1)
    )


def test_a_run_above_the_cost_limit_is_refused() -> None:
    plan = a_plan(arrivals=100)

    assert 1 < estimate_usd(plan) < 100
    assert require_budget(plan, max_usd=100) == estimate_usd(plan)
    with pytest.raises(UserError, match="--max-usd"):
        require_budget(plan, max_usd=1)


def test_throttled_invocations_are_counted(account: Account) -> None:
    function = {
        "LogicalResourceId": "EmailWorkerFunction",
        "PhysicalResourceId": "shop-email",
        "ResourceType": "AWS::Lambda::Function",
        "ResourceStatus": "CREATE_COMPLETE",
        "LastUpdatedTimestamp": NOON,
    }
    summaries = {"StackResourceSummaries": [function]}
    account.add_response("cloudformation", "list_stack_resources", summaries)
    points = {"Datapoints": [{"Sum": 2.0}, {"Sum": 3.0}]}
    account.add_response("cloudwatch", "get_metric_statistics", points)

    assert count_throttles(DeployedStack(account.client, "shop"), NOON) == 5
