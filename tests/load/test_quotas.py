from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from infra.ops.deployed_stack import Deployed
from infra.user_error import Trouble
from tests.builders import NOON
from tests.load.bill import dollars, must_not_cost_more
from tests.load.plan import Plan, Ware
from tests.load.quotas import needs, visits_a_second
from tests.load.throttles import turned_away

QUOTAS = {
    "apigateway": [("Throttle burst rate", 5_000), ("Throttle rate", 10_000)],
    "states": [("StateTransition throttle token refill rate per second", 1_500)],
}


def a_plan(**others: Any) -> Plan:
    usual: dict[str, Any] = {"run": "1", "url": "", "seconds": 600, "wares": (Ware("MUG", "mug"),)}
    return Plan(**(usual | others))


class Account:
    """An account's clients, each of which has its answers ready, and no others."""

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

    def answers(self, service: str, call: str, answer: Any, asked: Any = None) -> None:
        self.client(service)
        self._stubs[service].add_response(call, answer, asked)


@pytest.fixture
def account() -> Iterator[Account]:
    with ExitStack() as stack:
        yield Account(stack)


def allowing(account: Account, *, functions: int = 1_000, letters: float = 14) -> Account:
    limit = {"AccountLimit": {"UnreservedConcurrentExecutions": functions}}
    account.answers("lambda", "get_account_settings", limit)
    account.answers("sesv2", "get_account", {"SendQuota": {"MaxSendRate": letters}})
    for service, found in QUOTAS.items():
        quotas = [{"QuotaName": name, "Value": value} for name, value in found]
        answer = {"Quotas": quotas}
        account.answers("service-quotas", "list_service_quotas", answer, {"ServiceCode": service})
    return account


def test_in_a_new_account_functions_are_the_first_to_run_short(account: Account) -> None:
    scarce = needs(allowing(account, functions=10).client, a_plan(arrivals=20))

    assert scarce[0].quota == "Lambda: concurrent executions"
    assert scarce[0].share > 1


def test_in_an_old_one_it_is_the_letters(account: Account) -> None:
    found = needs(allowing(account).client, a_plan(arrivals=20))

    assert found[0].quota == "SES: letters a second"
    assert {need.quota: need.allowed for need in found} == {
        "Lambda: concurrent executions": 1_000,
        "SES: letters a second": 14,
        "apigateway: Throttle rate": 10_000,
        "states: StateTransition throttle token refill rate per second": 1_500,
    }


def test_who_may_send_nothing_has_no_room_at_all(account: Account) -> None:
    assert needs(allowing(account, letters=0).client, a_plan(arrivals=1))[0].share == float("inf")


def test_users_who_think_come_less_often_than_they_are() -> None:
    assert visits_a_second(a_plan(arrivals=3)) == 3
    assert visits_a_second(a_plan(users=50, think=4)) < visits_a_second(a_plan(users=50, think=1))


def test_a_run_that_costs_more_than_allowed_is_refused_before_it_begins() -> None:
    plan = a_plan(arrivals=100)

    assert 1 < dollars(plan) < 100
    assert must_not_cost_more(plan, than=100) == dollars(plan)
    with pytest.raises(Trouble, match="--spend-up-to"):
        must_not_cost_more(plan, than=1)


def test_functions_that_aws_turned_away_are_counted(account: Account) -> None:
    function = {
        "LogicalResourceId": "EmailWorkerFunction",
        "PhysicalResourceId": "shop-email",
        "ResourceType": "AWS::Lambda::Function",
        "ResourceStatus": "CREATE_COMPLETE",
        "LastUpdatedTimestamp": NOON,
    }
    summaries = {"StackResourceSummaries": [function]}
    account.answers("cloudformation", "list_stack_resources", summaries)
    points = {"Datapoints": [{"Sum": 2.0}, {"Sum": 3.0}]}
    account.answers("cloudwatch", "get_metric_statistics", points)

    assert turned_away(Deployed(account.client, "shop"), NOON) == 5
