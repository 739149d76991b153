"""W4 and W5: what reaches a consumer through the topic, and in which form."""

from collections.abc import Iterator
from typing import Any

from tests.template_lint.dead_lettering import SUBSCRIPTION, after_redrive
from tests.template_lint.findings import Finding
from tests.template_lint.wiring import QUEUE, Properties, Wiring


def delivers_raw_and_buries(wiring: Wiring) -> Iterator[Finding]:
    for name, subscription in to_queues(wiring):
        if subscription.get("RawMessageDelivery") is not True:
            yield Finding(
                name,
                "wraps each event into an envelope, but workers/batch.py reads the body as the "
                "event: set RawMessageDelivery to true.",
                "raw",
            )
        if wiring.kind(after_redrive(subscription)) != QUEUE:
            yield Finding(
                name,
                "drops what its queue refuses, since SNS does not try again then: give it a "
                "RedrivePolicy to a queue of ours.",
                "dead letters",
            )


def filters_what_is_wanted(wiring: Wiring) -> Iterator[Finding]:
    """A filter that is too narrow loses events in silence; one too wide costs calls for nothing."""
    published, heard = wiring.catalogue.published, set()
    for name, subscription in to_queues(wiring):
        passed = _passed(subscription.get("FilterPolicy", {}), published)
        heard |= passed
        handler = _handler_behind(wiring, subscription["Endpoint"])
        wanted = wiring.catalogue.wanted.get(handler, frozenset())
        if subscription.get("FilterPolicyScope", "MessageAttributes") != "MessageAttributes":
            yield Finding(name, "filters by the body: the type is an attribute.", "scope")
        wrong = {
            "waits for {}, which nobody tells: mind the spelling.": passed - published,
            "keeps {} from {}, which acts on it: let it through.": wanted - passed,
            "lets {} through to {}, which ignores it: take it out.": (passed & published) - wanted,
        }
        for advice, types in wrong.items():
            yield from (Finding(name, advice.format(it, handler), it) for it in sorted(types))
    for it in sorted(published - heard):
        yield Finding(
            "OrderEventsTopic", f"tells {it}, which nobody hears: add it to a filter.", it
        )


def to_queues(wiring: Wiring) -> Iterator[tuple[str, Properties]]:
    return ((name, it) for name, it in wiring.of(SUBSCRIPTION) if it["Protocol"] == "sqs")


def _passed(policy: Any, published: frozenset[str]) -> set[str]:
    """Without a policy everything passes; one that asks for other attributes too passes less."""
    if set(policy) - {"type"}:
        return set()
    return set(policy.get("type", published))


def _handler_behind(wiring: Wiring, queue: Any) -> str:
    for _, mapping in wiring.mappings(QUEUE):
        if wiring.named(mapping["EventSourceArn"]) == wiring.named(queue):
            return str(wiring.properties(mapping["FunctionName"]).get("Handler"))
    return "nobody"
