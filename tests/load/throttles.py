"""Count how often AWS throttled a function of the stack during a run, retried or not."""

from datetime import UTC, datetime, timedelta

from infra.ops.deployed_stack import DeployedStack

METRIC_DELAY = timedelta(minutes=2)  # metrics arrive late and cover whole minutes


def count_throttles(shop: DeployedStack, since: datetime) -> int:
    """Return 0 for the local shop, whose emulator neither limits nor counts."""
    if shop.cloud is not None:
        return 0
    functions = shop.resources("AWS::Lambda::Function").values()
    return sum(_count_throttles_of(shop, function, since) for function in functions)


def _count_throttles_of(shop: DeployedStack, function: str, since: datetime) -> int:
    statistics = shop.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Throttles",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=since - METRIC_DELAY,
        EndTime=datetime.now(UTC) + METRIC_DELAY,
        Period=60,
        Statistics=["Sum"],
    )
    return int(sum(point["Sum"] for point in statistics["Datapoints"]))
