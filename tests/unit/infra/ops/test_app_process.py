from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.json import encode

from app.inventory.reservations import read_stock_consistently
from infra.local.cloud import LocalCloud
from infra.ops.app_process import WEB_HANDLER, run_app_module
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError
from tests.builders import a_product, sku_of
from tests.fake_clouds import passive_settings


class StackWithFunctions(DeployedStack):
    """A stack with functions; this cloud has none."""

    def resources(self, resource_type: str) -> dict[str, str]:
        return {"Email": "email", "Web": "web"} if resource_type == "AWS::Lambda::Function" else {}


def a_stack(cloud: LocalCloud, web_handler: str = WEB_HANDLER) -> DeployedStack:
    handlers = {"email": "workers.email.handler", "web": web_handler}
    variables = passive_settings(cloud)

    def configuration(FunctionName: str) -> dict[str, Any]:  # noqa: N803 (as boto3 calls it)
        environment = {"Variables": variables if FunctionName == "web" else {}}
        return {"Handler": handlers[FunctionName], "Environment": environment}

    functions = SimpleNamespace(get_function_configuration=configuration)
    return StackWithFunctions(lambda _: functions, "hearth-and-clay", cloud)


def test_module_runs_with_the_settings_of_the_stack(tables: LocalCloud) -> None:
    product = a_product(quantity=4)

    run_app_module(a_stack(tables), "infra.ops.reshard", encode((sku_of(product), 3)))

    assert len(read_stock_consistently([sku_of(product)])[sku_of(product)].shards) == 4


def test_error_of_the_module_is_reported(tables: LocalCloud) -> None:
    with pytest.raises(UserError, match="There is no SKU NO-SUCH-SKU"):
        run_app_module(a_stack(tables), "infra.ops.reshard", encode(("NO-SUCH-SKU", 3)))


def test_stack_without_a_web_function_is_an_error(tables: LocalCloud) -> None:
    with pytest.raises(UserError, match="has no function"):
        run_app_module(a_stack(tables, web_handler="another.handler"), "infra.ops.reshard", b"")


def test_unknown_payment_is_reported_by_the_sandbox_provider(tables: LocalCloud) -> None:
    payload = encode(("refund", "no-such-order"))

    with pytest.raises(UserError, match="no payment of order no-such-order"):
        run_app_module(a_stack(tables), "infra.ops.sandbox_payments", payload)
