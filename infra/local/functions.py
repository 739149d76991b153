"""Find a deployed function by its handler."""

from typing import TYPE_CHECKING

from infra.local.cloud import LocalCloud
from infra.user_error import UserError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef


def find_function(cloud: LocalCloud, handler: str) -> "FunctionConfigurationTypeDef":
    """Raises ``UserError`` if no deployed function has this handler."""
    functions: LambdaClient = cloud.client("lambda")
    for page in functions.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            if function.get("Handler") == handler:
                return function
    raise UserError(f"No deployed function has the handler {handler}.")


def function_environment(cloud: LocalCloud, handler: str) -> dict[str, str]:
    """The environment variables that the template sets for a function."""
    function = find_function(cloud, handler)
    return dict(function.get("Environment", {}).get("Variables", {}))
