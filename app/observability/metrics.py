"""CloudWatch metrics, written as log lines in the embedded metric format: no API call, no wait.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import sys
from datetime import datetime
from typing import Literal, TextIO

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


def put_metric(name: MetricName, value: int, *, at: datetime, to: TextIO | None = None) -> None:
    """Write one value of a metric; money is in cents.

    Call it after the counted change is committed: a crash in between loses one value on a
    dashboard, but nothing is ever counted twice.
    """
    metadata = {
        "Timestamp": int(at.timestamp() * 1000),
        "CloudWatchMetrics": [
            {
                "Namespace": NAMESPACE,
                "Dimensions": [["StackName"]],  # several stacks may share one account
                "Metrics": [{"Name": name, "Unit": UNITS[name]}],
            }
        ],
    }
    line = {"_aws": metadata, "StackName": settings().stack_name, name: value}
    print(json.dumps(line), file=to or sys.stderr, flush=True)
