"""The limits that infra/template.yaml sets, with the default parameters of a stage."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.template_lint.resolver import Resolver
from tests.template_lint.sam_transform import Source

QUEUES = ("email", "analytics", "inventory", "fulfillment")
CHECKOUT = "POST /checkout"


@dataclass(frozen=True)
class TemplateLimits:
    """``concurrency`` is that of each queue's worker."""

    stage: str
    requests_per_second: float
    orders_per_second: float
    concurrency: Mapping[str, int]
    batches_per_shard: int


def read_limits(stage: str, **parameters: Any) -> TemplateLimits:
    resources = Resolver(Source.in_folder().template, {"Stage": stage, **parameters}).resources()

    def properties(name: str) -> dict[str, Any]:
        found: dict[str, Any] = resources[name]["Properties"]
        return found

    api = properties("ApiStage")
    return TemplateLimits(
        stage,
        float(api["DefaultRouteSettings"]["ThrottlingRateLimit"]),
        float(api["RouteSettings"][CHECKOUT]["ThrottlingRateLimit"]),
        {
            it: properties(f"{it.title()}EventSource")["ScalingConfig"]["MaximumConcurrency"]
            for it in QUEUES
        },
        properties("PublishEventSource")["ParallelizationFactor"],
    )
