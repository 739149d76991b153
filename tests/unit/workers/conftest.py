import json
from collections.abc import Iterator

import pytest
from ulid import ULID

from infra.local.cloud import LocalCloud
from tests.fake_clouds import override_settings

WAITING_WORKFLOW = {
    "StartAt": "Wait",
    "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}},
}


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
