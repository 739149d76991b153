"""Who sends to which queue without a role of its own: topics and rules."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.template_lint.dead_lettering import after_redrive
from tests.template_lint.wiring import QUEUE, RULE, Wiring

TOPICS, RULES = "sns.amazonaws.com", "events.amazonaws.com"


@dataclass(frozen=True, order=True)
class Sender:
    """``source`` is the topic or the rule that AWS names as the message's origin."""

    queue: str
    service: str
    source: str


def senders(wiring: Wiring) -> Iterator[Sender]:
    for _, subscription in wiring.of("AWS::SNS::Subscription"):
        topic = wiring.named(subscription["TopicArn"])
        buried = after_redrive(subscription)
        yield from _into(wiring, (subscription["Endpoint"], buried), TOPICS, topic)
    for rule, properties in wiring.of(RULE):
        for target in properties.get("Targets", []):
            buried = target.get("DeadLetterConfig", {}).get("Arn")
            yield from _into(wiring, (target["Arn"], buried), RULES, rule)


def _into(
    wiring: Wiring, targets: tuple[str | None, ...], service: str, source: str
) -> Iterator[Sender]:
    for it in targets:
        if it and wiring.kind(it) == QUEUE:
            yield Sender(wiring.named(it), service, source)
