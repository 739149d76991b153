"""A deployed shop: on AWS under the name of its stack, or the one that is open on this machine."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3

from infra.local.cloud import LocalCloud
from infra.local.stack import NAME, Stack
from infra.local.state_dir import Home


@dataclass(frozen=True)
class Deployed:
    """How to speak to it; `cloud` is there when it is the local one, which can show more."""

    client: Callable[[str], Any]
    stack: str
    cloud: LocalCloud | None = None

    @classmethod
    def here(cls, home: Home) -> "Deployed":
        return cls.on(LocalCloud.running_in(home.folder))

    @classmethod
    def on(cls, cloud: LocalCloud) -> "Deployed":
        return cls(cloud.client, NAME, cloud)

    @classmethod
    def on_aws(cls, stack: str) -> "Deployed":
        """With the credentials and the region of the environment, as any AWS tool."""
        return cls(cache(boto3.Session().client), stack)

    def outputs(self) -> dict[str, str]:
        """What the stack says of itself."""
        (found,) = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        return {it["OutputKey"]: it["OutputValue"] for it in found["Outputs"]}

    def resources(self, kind: str) -> dict[str, str]:
        """Logical ids and the names in the cloud, of all resources of a type."""
        return Stack(self.client("cloudformation"), self.stack).resources(kind)
