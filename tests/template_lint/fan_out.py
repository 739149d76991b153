"""W4 and W5: the topic's subscriptions: raw delivery, redrive policy and filter policy."""

from collections.abc import Iterator
from typing import Any

from tests.template_lint.dead_lettering import SUBSCRIPTION, redrive_target
from tests.template_lint.findings import Finding
from tests.template_lint.wiring import QUEUE, Properties, Wiring


def check_subscriptions(wiring: Wiring) -> Iterator[Finding]:
    for name, subscription in queue_subscriptions(wiring):
        if subscription.get("RawMessageDelivery") is not True:
            yield Finding(
                name,
                "wraps each event in an SNS envelope, but workers/batch.py reads the body as the "
                "event: set RawMessageDelivery to true.",
                "raw",
            )
        if wiring.type_of(redrive_target(subscription)) != QUEUE:
            yield Finding(
                name,
                "drops what its queue refuses, since SNS does not retry client errors: set a "
                "RedrivePolicy with a queue of this template.",
                "redrive",
            )


def check_filter_policies(wiring: Wiring) -> Iterator[Finding]:
    """A filter that is too narrow loses events; one that is too wide costs invocations."""
    published, delivered = wiring.events.published, set()
    for name, subscription in queue_subscriptions(wiring):
        passed = _passed_types(subscription.get("FilterPolicy", {}), published)
        delivered |= passed
        handler = _handler_of_queue(wiring, subscription["Endpoint"])
        consumed = wiring.events.consumed.get(handler, frozenset())
        if subscription.get("FilterPolicyScope", "MessageAttributes") != "MessageAttributes":
            yield Finding(name, "filters by the body, but the type is an attribute.", "scope")
        mistakes = {
            "passes {}, which is never published: check the spelling.": passed - published,
            "drops {} for {}, which consumes it: add it.": consumed - passed,
            "passes {} to {}, which ignores it: remove it.": (passed & published) - consumed,
        }
        for advice, types in mistakes.items():
            yield from (Finding(name, advice.format(it, handler), it) for it in sorted(types))
    for it in sorted(published - delivered):
        advice = f"publishes {it}, which reaches no consumer: add it to a filter."
        yield Finding("OrderEventsTopic", advice, it)


def queue_subscriptions(wiring: Wiring) -> Iterator[tuple[str, Properties]]:
    return ((name, it) for name, it in wiring.of_type(SUBSCRIPTION) if it["Protocol"] == "sqs")


def _passed_types(policy: Any, published: frozenset[str]) -> set[str]:
    """Without a policy every type passes; one with conditions on other attributes passes none."""
    if set(policy) - {"type"}:
        return set()
    return set(policy.get("type", published))


def _handler_of_queue(wiring: Wiring, queue: Any) -> str:
    for _, mapping in wiring.mappings_from(QUEUE):
        if wiring.logical_id(mapping["EventSourceArn"]) == wiring.logical_id(queue):
            return str(wiring.properties(mapping["FunctionName"]).get("Handler"))
    return "no worker"
