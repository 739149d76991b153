"""How often AWS turned a function of the stack away during a run, felt by a visitor or not."""

from datetime import UTC, datetime, timedelta

from infra.ops.deployed_stack import Deployed

LATE = timedelta(minutes=2)  # metrics come late, and belong to whole minutes


def turned_away(shop: Deployed, since: datetime) -> int:
    """None on this machine, where nothing counts them and no function is bounded."""
    if shop.cloud is not None:
        return 0
    return sum(
        _of(shop, function, since) for function in shop.resources("AWS::Lambda::Function").values()
    )


def _of(shop: Deployed, function: str, since: datetime) -> int:
    found = shop.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Throttles",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=since - LATE,
        EndTime=datetime.now(UTC) + LATE,
        Period=60,
        Statistics=["Sum"],
    )
    return int(sum(point["Sum"] for point in found["Datapoints"]))
