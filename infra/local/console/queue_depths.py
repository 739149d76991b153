"""How many messages are in each queue."""

from dataclasses import dataclass

from infra.ops.deployed_stack import DeployedStack

_WAITING, _IN_FLIGHT = "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"


@dataclass(frozen=True)
class QueueDepth:
    """``in_flight`` are received and not deleted yet."""

    waiting: int
    in_flight: int

    @property
    def total(self) -> int:
        return self.waiting + self.in_flight


def queue_depths(stack: DeployedStack) -> dict[str, QueueDepth]:
    """By logical id."""
    client = stack.client("sqs")
    depths = {}
    for name, url in stack.resources("AWS::SQS::Queue").items():
        answer = client.get_queue_attributes(QueueUrl=url, AttributeNames=[_WAITING, _IN_FLIGHT])
        numbers = answer["Attributes"]
        depths[name] = QueueDepth(int(numbers[_WAITING]), int(numbers[_IN_FLIGHT]))
    return depths
