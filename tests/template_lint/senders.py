"""The topics and EventBridge rules that send to queues, which a queue's policy must allow."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.template_lint.dead_lettering import redrive_target
from tests.template_lint.wiring import QUEUE, RULE, Wiring

TOPICS, RULES = "sns.amazonaws.com", "events.amazonaws.com"


@dataclass(frozen=True, order=True)
class Sender:
    """``source`` is the logical id of the topic or rule."""

    queue: str
    service: str
    source: str


def expected_senders(wiring: Wiring) -> Iterator[Sender]:
    for _, subscription in wiring.of_type("AWS::SNS::Subscription"):
        topic = wiring.logical_id(subscription["TopicArn"])
        dead_letter_queue = redrive_target(subscription)
        yield from _senders_to(wiring, (subscription["Endpoint"], dead_letter_queue), TOPICS, topic)
    for rule, properties in wiring.of_type(RULE):
        for target in properties.get("Targets", []):
            dead_letter_queue = target.get("DeadLetterConfig", {}).get("Arn")
            yield from _senders_to(wiring, (target["Arn"], dead_letter_queue), RULES, rule)


def _senders_to(
    wiring: Wiring, targets: tuple[str | None, ...], service: str, source: str
) -> Iterator[Sender]:
    for it in targets:
        if it and wiring.type_of(it) == QUEUE:
            yield Sender(wiring.logical_id(it), service, source)
