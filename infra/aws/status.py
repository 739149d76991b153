"""The state of a deployed stack: its addresses, alarms and dead-letter queues."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.ops.deployed_stack import DeployedStack

ALARM_NAMES = 100  # of one call


@dataclass(frozen=True)
class StackStatus:
    """``alarms`` are those in ALARM; ``dead_letters`` are numbers of messages by logical id."""

    status: str
    outputs: Mapping[str, str]
    alarms: tuple[str, ...]
    dead_letters: Mapping[str, int]


def read_status(stack: DeployedStack) -> StackStatus:
    """Read the state of a stack. Raises ``ClientError`` if it does not exist."""
    cloudformation = stack.client("cloudformation")
    (found,) = cloudformation.describe_stacks(StackName=stack.stack_name)["Stacks"]
    outputs = {it["OutputKey"]: it["OutputValue"] for it in found.get("Outputs", [])}
    return StackStatus(found["StackStatus"], outputs, _ringing_alarms(stack), _dead_letters(stack))


def _ringing_alarms(stack: DeployedStack) -> tuple[str, ...]:
    alarms = stack.resources("AWS::CloudWatch::Alarm")
    logical_ids = {name: logical_id for logical_id, name in alarms.items()}
    names, ringing = sorted(logical_ids), []
    cloudwatch = stack.client("cloudwatch")
    for start in range(0, len(names), ALARM_NAMES):
        answer = cloudwatch.describe_alarms(
            AlarmNames=names[start : start + ALARM_NAMES],
            StateValue="ALARM",
            MaxRecords=ALARM_NAMES,
        )
        ringing += [logical_ids[it["AlarmName"]] for it in answer["MetricAlarms"]]
    return tuple(sorted(ringing))


def _dead_letters(stack: DeployedStack) -> dict[str, int]:
    queues = stack.resources("AWS::SQS::Queue")
    name = "ApproximateNumberOfMessages"
    sqs = stack.client("sqs")
    return {
        logical_id: int(
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]
        )
        for logical_id, url in sorted(queues.items())
        if logical_id.endswith("DeadLetterQueue")
    }
