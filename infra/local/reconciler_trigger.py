"""Wake the reconciler by hand: after a restart, orders whose workflow died must not wait for it."""

import json

from infra.local.cloud import LocalCloud
from infra.local.functions import function_entered_at


def reconcile_everything(cloud: LocalCloud) -> None:
    """Look after every open order at once, instead of those that have been still for a while."""
    cloud.client("lambda").invoke(
        FunctionName=function_entered_at(cloud, "workers.reconcile.handler")["FunctionName"],
        InvocationType="Event",
        Payload=json.dumps({"due": "all"}).encode(),
    )
