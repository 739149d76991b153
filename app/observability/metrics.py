"""Business figures for CloudWatch, as lines of the log in its embedded format: no call, no wait.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import sys
from datetime import datetime
from typing import Literal, TextIO

from app.settings import settings

NAMESPACE = "HearthAndClay"
UNITS = {
    "orders": "Count",
    "revenue": "None",
    "refunds": "None",
    "click_to_shipped": "Milliseconds",
}

type Metric = Literal["orders", "revenue", "refunds", "click_to_shipped"]


def measure(what: Metric, value: int, *, at: datetime, to: TextIO | None = None) -> None:
    """Write one figure; money is cents. Call it after what it counts has happened, and only then:

    a death in between loses a figure on a dashboard, and never counts anything twice.
    """
    described = {
        "Timestamp": int(at.timestamp() * 1000),
        "CloudWatchMetrics": [
            {
                "Namespace": NAMESPACE,
                "Dimensions": [["shop"]],  # several stacks may live in one account
                "Metrics": [{"Name": what, "Unit": UNITS[what]}],
            }
        ],
    }
    line = {"_aws": described, "shop": settings().shop, what: value}
    print(json.dumps(line), file=to or sys.stderr, flush=True)
