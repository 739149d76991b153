"""Find a deployed function by its handler or its name."""

from typing import TYPE_CHECKING

from infra.local.cloud import LocalCloud
from infra.local.stack import STACK_NAME, Stack
from infra.user_error import UserError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import (
        FunctionConfigurationResponseTypeDef,
        FunctionConfigurationTypeDef,
    )


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


def function_with_name(cloud: LocalCloud, part: str) -> "FunctionConfigurationResponseTypeDef":
    """The function with this name, or the only one whose name contains it, without the stack's.

    Raises ``UserError`` with all names if there is none, or more than one.
    """
    names = Stack(cloud.client("cloudformation")).resources("AWS::Lambda::Function").values()
    short = {name.removeprefix(f"{STACK_NAME}-"): name for name in sorted(names)}
    found = [part] if part in short else [it for it in short if part in it]
    if len(found) != 1:
        known = ", ".join(short)
        raise UserError(f"{len(found)} functions match {part!r}. Choose one of {known}.")
    functions: LambdaClient = cloud.client("lambda")
    return functions.get_function_configuration(FunctionName=short[found[0]])
