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


def read_limits_of(present: Mapping[str, str]) -> TemplateLimits:
    """The limits of a deployed stack, by its parameters, which CloudFormation has as text."""
    declared = Source.in_folder().template["Parameters"]
    values: dict[str, Any] = {
        name: int(value) if declared[name]["Type"] == "Number" else value
        for name, value in present.items()
        if name in declared
    }
    return read_limits(values.pop("Stage", "demo"), **values)


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
