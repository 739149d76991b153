import json
from collections.abc import Iterator

import pytest
from ulid import ULID

from infra.local.cloud import LocalCloud
from tests.fake_clouds import told

ONLY_WAITS = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}


@pytest.fixture
def workflow(tables: LocalCloud) -> Iterator[str]:
    """A workflow of the test's own that only waits: enough to see who starts it, and how often."""
    name = f"only-waits-{ULID()}"
    role = tables.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    machine = tables.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(ONLY_WAITS), roleArn=role["Role"]["Arn"]
    )
    with told(workflow_arn=machine["stateMachineArn"]):
        yield machine["stateMachineArn"]
