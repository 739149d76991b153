"""Invoke the reconciler after a restart, which ended all running workflow executions."""

import json

from infra.local.cloud import LocalCloud
from infra.local.functions import find_function


def trigger_reconciliation(cloud: LocalCloud) -> None:
    """Check all open orders now, not only those that are stuck."""
    cloud.client("lambda").invoke(
        FunctionName=find_function(cloud, "workers.reconcile.handler")["FunctionName"],
        InvocationType="Event",
        Payload=json.dumps({"due": "all"}).encode(),
    )
