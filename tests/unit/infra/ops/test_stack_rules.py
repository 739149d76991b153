from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.json import encode

from app.inventory.reservations import read_stock_consistently
from infra.local.cloud import LocalCloud
from infra.ops.deployed_stack import Deployed
from infra.ops.stack_rules import WEB, call_rules
from infra.user_error import Trouble
from tests.builders import a_product, sku_of
from tests.fake_clouds import passive_settings


class WithFunctions(Deployed):
    """A stack with functions, though this cloud runs none."""

    def resources(self, kind: str) -> dict[str, str]:
        return {"Email": "email", "Shop": "shop"} if kind == "AWS::Lambda::Function" else {}


def a_shop(cloud: LocalCloud, entered_at: str = WEB) -> Deployed:
    handlers = {"email": "workers.email.handler", "shop": entered_at}
    variables = passive_settings(cloud)

    def configuration(FunctionName: str) -> dict[str, Any]:  # noqa: N803 (as boto3 calls it)
        environment = {"Variables": variables if FunctionName == "shop" else {}}
        return {"Handler": handlers[FunctionName], "Environment": environment}

    functions = SimpleNamespace(get_function_configuration=configuration)
    return WithFunctions(lambda _: functions, "hearth-and-clay", cloud)


def test_rules_act_in_the_shop_that_is_named(tables: LocalCloud) -> None:
    product = a_product(quantity=4)

    call_rules(a_shop(tables), "infra.ops.reshard", encode((sku_of(product), 3)))

    assert len(read_stock_consistently([sku_of(product)])[sku_of(product)].shards) == 4


def test_what_a_rule_refuses_is_said_in_its_own_words(tables: LocalCloud) -> None:
    with pytest.raises(Trouble, match="There is no sku NO-SUCH-SKU"):
        call_rules(a_shop(tables), "infra.ops.reshard", encode(("NO-SUCH-SKU", 3)))


def test_a_stack_without_the_web_function_is_no_shop(tables: LocalCloud) -> None:
    with pytest.raises(Trouble, match="has no function"):
        call_rules(a_shop(tables, entered_at="another.handler"), "infra.ops.reshard", b"")
