"""The front door in a process of its own, so that it can be killed like everything else.

`python -m tests.chaos.proxy_process <home> <port> <cloud's port> <api id> <media bucket>`
"""

import sys
import threading
from pathlib import Path

from infra.local.cloud import LocalCloud
from infra.local.front_door import FrontDoor
from infra.local.ports import claim

if __name__ == "__main__":
    home, port, cloud_port, api_id, media_bucket = sys.argv[1:]
    cloud = LocalCloud(Path(home), int(cloud_port), int(port))
    door = FrontDoor(cloud)
    door.lead_to(api_id, media_bucket)
    with door.open(claim(cloud.front_door_port, "--port")):
        threading.Event().wait()
