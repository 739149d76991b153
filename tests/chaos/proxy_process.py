"""The local proxy in a process of its own, so that the chaos test can kill it.

`python -m tests.chaos.proxy_process <state folder> <api id> <media bucket>`
"""

import sys
import threading
import time
from pathlib import Path

from infra.local.cloud import LocalCloud
from infra.local.ports import bind_port
from infra.local.proxy import LocalProxy
from infra.user_error import UserError


def wait_for_cloud(state_folder: Path) -> LocalCloud:
    """The running cloud; while the chaos test restarts it, there is none."""
    while True:
        try:
            return LocalCloud.running_in(state_folder)
        except (UserError, FileNotFoundError):
            time.sleep(0.1)


if __name__ == "__main__":
    state_folder, api_id, media_bucket = sys.argv[1:]
    cloud = wait_for_cloud(Path(state_folder))
    proxy = LocalProxy(cloud)
    proxy.set_origins(api_id, media_bucket)
    with proxy.serve(bind_port(cloud.web_port, "--port")):
        threading.Event().wait()
