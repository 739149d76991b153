"""The local stack as the console's pages read it, with a list of resources that is kept a while."""

import time
from dataclasses import dataclass, field

from infra.ops.deployed_stack import DeployedStack

MAX_AGE = 30.0  # seconds; only a deployment changes the list

type Kept = dict[str, tuple[float, dict[str, str]]]  # by type: when it was read, and the resources


@dataclass(frozen=True)
class ConsoleStack(DeployedStack):
    """Listing 200 resources takes 30 ms of CPU time, and a live page needs them every 4 s."""

    kept: Kept = field(default_factory=dict, init=False, repr=False, compare=False)

    def resources(self, resource_type: str) -> dict[str, str]:
        """As of the last 30 s; a stack without such a resource is read again each time."""
        read_at, resources = self.kept.get(resource_type, (0.0, {}))
        if not resources or time.monotonic() - read_at > MAX_AGE:
            resources = super().resources(resource_type)
            self.kept[resource_type] = time.monotonic(), resources
        return resources
