"""Find a deployed function by where it enters our code."""

from typing import TYPE_CHECKING

from infra.local.cloud import LocalCloud
from infra.user_error import Trouble

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef


def function_entered_at(cloud: LocalCloud, handler: str) -> "FunctionConfigurationTypeDef":
    functions: LambdaClient = cloud.client("lambda")
    for page in functions.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            if function.get("Handler") == handler:
                return function
    raise Trouble(f"No deployed function has the handler {handler}.")


def settings_of(cloud: LocalCloud, handler: str) -> dict[str, str]:
    """The environment the template gives to a function."""
    found = function_entered_at(cloud, handler)
    return dict(found.get("Environment", {}).get("Variables", {}))
