"""A deployed stack: one on AWS, by its name, or the one that runs on this machine."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3

from infra.aws.regions import require_supported
from infra.local.cloud import LocalCloud
from infra.local.stack import STACK_NAME, Stack
from infra.local.state_dir import StateDir


@dataclass(frozen=True)
class DeployedStack:
    """``client`` creates AWS clients by service name; ``cloud`` is set for the local stack only."""

    client: Callable[[str], Any]
    stack_name: str
    cloud: LocalCloud | None = None

    @classmethod
    def running_here(cls, state_dir: StateDir) -> "DeployedStack":
        """The stack that ``shop dev`` runs. Raises ``UserError`` if none is running."""
        return cls.on_local_cloud(LocalCloud.running_in(state_dir.folder))

    @classmethod
    def on_local_cloud(cls, cloud: LocalCloud) -> "DeployedStack":
        return cls(cloud.client, STACK_NAME, cloud)

    @classmethod
    def on_aws(cls, stack_name: str) -> "DeployedStack":
        """Uses the credentials and the region of the environment, like other AWS tools.

        Raises ``UserError`` for a region without the shop's services.
        """
        session = boto3.Session()
        require_supported(session.region_name)
        return cls(cache(session.client), stack_name)

    def outputs(self) -> dict[str, str]:
        """The values of the template's Outputs, by name."""
        cloudformation = self.client("cloudformation")
        (stack,) = cloudformation.describe_stacks(StackName=self.stack_name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def resources(self, resource_type: str) -> dict[str, str]:
        """Physical id by logical id, of all existing resources of one type."""
        return Stack(self.client("cloudformation"), self.stack_name).resources(resource_type)
