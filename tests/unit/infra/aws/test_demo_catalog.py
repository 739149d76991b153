"""`shop aws seed`: a stack without functions, because its creation failed half-way, and signals."""

import signal
import socket
import subprocess
import sys

import pytest

from infra.aws.demo_catalog import admin_environment
from infra.local.cloud import LocalCloud
from infra.local.seed import wait_for_seeder
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError


def test_stack_without_an_admin_function_is_not_seeded(tables: LocalCloud) -> None:
    with pytest.raises(UserError, match="it is not complete"):
        admin_environment(DeployedStack.on_local_cloud(tables))


def test_ctrl_c_ends_the_process_that_seeds() -> None:
    """It once waited another minute for the images whose upload had begun."""
    busy = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN)"
    busy += "; print('image 1 of 2', flush=True); time.sleep(20)"
    seeder = subprocess.Popen(
        [sys.executable, "-c", busy], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )

    def press_ctrl_c(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wait_for_seeder(seeder, press_ctrl_c)

    assert seeder.poll() == -signal.SIGTERM


STARTS_SEEDER = """
import sys
from infra.local.seed import start_seeder, wait_for_seeder
seeder = start_seeder({"AWS_ENDPOINT_URL": sys.argv[1], "INTERACTIVE_TIMEOUTS": "false"})
wait_for_seeder(seeder, print)
"""


def test_process_that_seeds_ends_with_the_command() -> None:
    """SIGTERM ended only the command: the process went on for up to a minute."""
    with socket.create_server(("127.0.0.1", 0)) as silent_aws:
        endpoint = f"http://127.0.0.1:{silent_aws.getsockname()[1]}"
        command = subprocess.Popen([sys.executable, "-c", STARTS_SEEDER, endpoint])
        silent_aws.settimeout(30)
        connection, _ = silent_aws.accept()  # the seeder has called AWS, and waits for two seconds
        with connection:
            command.terminate()
            command.wait()

            while connection.recv(4096):
                pass  # its request, until it ends
        silent_aws.settimeout(5)
        with pytest.raises(TimeoutError):
            silent_aws.accept()  # a process that lives would try again
