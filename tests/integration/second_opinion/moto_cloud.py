"""Moto, another emulator of AWS, with the template's tables, queues, topic and buckets.

It was written by other people from AWS's documentation, so where it and the local cloud agree, a
rule is probably that of AWS. https://docs.getmoto.org
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from infra.local.cloud import LocalCloud
from infra.local.ports import find_free_port
from infra.local.stack import STACK_NAME
from tests.fake_clouds import ACCOUNT, PASSIVE_PARAMETERS, stateful_template
from tests.integration.second_opinion import moto_server

START_SECONDS = 30


@contextmanager
def moto_cloud(home: Path) -> Iterator[LocalCloud]:
    """A server of Moto in place of the local cloud's emulator, on a port of its own."""
    cloud = LocalCloud(home, find_free_port(), find_free_port())
    server = subprocess.Popen(
        [sys.executable, "-m", moto_server.__name__, str(cloud.port)],
        env={**os.environ, "MOTO_ACCOUNT_ID": ACCOUNT, "MOTO_PORT": str(cloud.port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(cloud.url)
        parameters = PASSIVE_PARAMETERS | {"ProxyUrl": cloud.shop_url}
        cloud.client("cloudformation").create_stack(
            StackName=STACK_NAME,
            TemplateBody=stateful_template(),
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in parameters.items()
            ],
        )
        yield cloud
    finally:
        server.kill()
        server.wait()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"Moto does not answer at {url}.")
