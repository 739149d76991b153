import json
from collections.abc import Iterator

import pytest
from ulid import ULID

from infra.local.cloud import LocalCloud
from tests.fake_clouds import override_settings, passive_cloud

WAITING_WORKFLOW = {
    "StartAt": "Wait",
    "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}},
}


@pytest.fixture(scope="module")
def own_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """An emulator of one module, for a worker that reads all open orders.

    The cloud of the other tests has thousands of them. Used by overriding `tables_cloud`.
    """
    with passive_cloud(tmp_path_factory.mktemp("own")) as cloud:
        yield cloud


@pytest.fixture
def workflow(tables: LocalCloud) -> Iterator[str]:
    """A state machine that only waits, so that a test can count its executions."""
    name = f"only-waits-{ULID()}"
    role = tables.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    machine = tables.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(WAITING_WORKFLOW), roleArn=role["Role"]["Arn"]
    )
    with override_settings(workflow_arn=machine["stateMachineArn"]):
        yield machine["stateMachineArn"]


@pytest.fixture
def dead_letter_queue(tables: LocalCloud) -> Iterator[str]:
    """A queue of this test, configured as the dead-letter queue of the worker."""
    url = tables.client("sqs").create_queue(QueueName=f"dead-{ULID()}")["QueueUrl"]
    with override_settings(dead_letter_queue_url=url):
        yield url
