from datetime import UTC, datetime, timedelta

from infra.cli.verify import tell_alarm
from infra.local.cloud import LocalCloud
from infra.ops.deployed_stack import Deployed


def test_the_alarm_on_the_books_hears_how_many_breaches_there_are(tables: LocalCloud) -> None:
    tell_alarm(Deployed.on(tables), 3)

    now = datetime.now(UTC)
    seen = tables.client("cloudwatch").get_metric_statistics(
        Namespace="HearthAndClay",
        MetricName="breaches",
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Maximum"],
    )
    assert max(it["Maximum"] for it in seen["Datapoints"]) == 3
