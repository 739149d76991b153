"""`shop aws seed` of a stack that has no functions, because its creation failed half-way."""

import pytest

from infra.aws.demo_catalog import admin_environment
from infra.local.cloud import LocalCloud
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError


def test_stack_without_an_admin_function_is_not_seeded(tables: LocalCloud) -> None:
    with pytest.raises(UserError, match="it is not complete"):
        admin_environment(DeployedStack.on_local_cloud(tables))
