"""CloudWatch metrics by Powertools, in log lines of the embedded metric format: no call, no wait.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import sys
from datetime import datetime
from typing import Literal

from app.settings import settings

NAMESPACE = "HearthAndClay"
UNITS = {
    "OrdersPlaced": "Count",
    "Revenue": "None",
    "Refunds": "None",
    "ClickToShipped": "Milliseconds",
    "EmailsRefused": "Count",
}

type MetricName = Literal["OrdersPlaced", "Revenue", "Refunds", "ClickToShipped", "EmailsRefused"]


def put_metric(name: MetricName, value: int, *, at: datetime) -> None:
    """Write one value of a metric; money is in cents.

    Call it after the counted change is committed: a crash in between loses one value on a
    dashboard, but nothing is ever counted twice.
    """
    # Imported late: most functions count nothing, and would load 15 modules.
    from aws_lambda_powertools.metrics import EphemeralMetrics  # noqa: PLC0415

    # Several stacks may share one account. Each further dimension would be another metric.
    metrics = EphemeralMetrics(namespace=NAMESPACE)
    metrics.add_dimension("StackName", settings().stack_name)
    metrics.add_metric(name, UNITS[name], value)
    metrics.timestamp = int(at.timestamp() * 1000)
    line = json.dumps(metrics.serialize_metric_set(), separators=(",", ":"))
    sys.stderr.write(f"{line}\n")
