"""W1 to W3: how long a queue hides a message, where it goes at last, who may send to it."""

from collections.abc import Iterator

from tests.template_lint.dead_lettering import dead_letters
from tests.template_lint.findings import Finding
from tests.template_lint.policy_statements import covers
from tests.template_lint.senders import Sender, senders
from tests.template_lint.wiring import QUEUE, Properties, Wiring, listed

TRIES = 5
USUAL_VISIBILITY = 30
USUAL_RETENTION = 345_600  # four days


def hides_long_enough(wiring: Wiring) -> Iterator[Finding]:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html asks for it."""
    for _, mapping in wiring.mappings(QUEUE):
        worker = wiring.named(mapping["FunctionName"])
        timeout = wiring.properties(worker).get("Timeout", 3)
        enough = 6 * timeout + mapping.get("MaximumBatchingWindowInSeconds", 0)
        hidden = wiring.properties(mapping["EventSourceArn"]).get(
            "VisibilityTimeout", USUAL_VISIBILITY
        )
        if hidden < enough:
            yield Finding(
                wiring.named(mapping["EventSourceArn"]),
                f"hides a message for {hidden} s, but {worker} may take {timeout} s: set "
                f"VisibilityTimeout to {enough} or more, six timeouts and the batching window.",
            )


def has_dead_letters(wiring: Wiring) -> Iterator[Finding]:
    buried_in = set(dead_letters(wiring))
    for name, queue in wiring.of(QUEUE):
        redrive = queue.get("RedrivePolicy")
        if redrive:
            yield from _of_redrive(wiring, name, queue)
        elif name in buried_in:
            yield from _of_dead_letters(name, queue)
        else:
            yield Finding(
                name,
                "has no RedrivePolicy and is nobody's dead letters: what cannot be handled is "
                f"tried until it expires. Give it dead letters and a maxReceiveCount of {TRIES}.",
            )


def _of_dead_letters(name: str, queue: Properties) -> Iterator[Finding]:
    if queue.get("MessageRetentionPeriod", USUAL_RETENTION) <= USUAL_RETENTION:
        yield Finding(
            name,
            "forgets what was put aside within four days, a long weekend: set "
            "MessageRetentionPeriod to 1209600, two weeks.",
        )


def _of_redrive(wiring: Wiring, name: str, queue: Properties) -> Iterator[Finding]:
    redrive = queue["RedrivePolicy"]
    tries = redrive.get("maxReceiveCount", 0)
    if tries < TRIES:
        yield Finding(
            name,
            f"gives up after {tries} tries: set maxReceiveCount to {TRIES} or more, since a "
            "throttled worker uses tries up without having seen the message.",
        )
    target = redrive["deadLetterTargetArn"]
    if wiring.kind(target) != QUEUE:
        yield Finding(
            name, f"buries in {wiring.named(target)}, which is no queue of ours: name one."
        )
        return
    kept, buried = (
        it.get("MessageRetentionPeriod", USUAL_RETENTION)
        for it in (queue, wiring.properties(target))
    )
    if buried <= kept:
        yield Finding(
            name,
            f"keeps messages for {kept} s and its dead letters for {buried} s, counted from the "
            "first enqueueing: keep the dead letters longer.",
        )


def lets_its_sender_in(wiring: Wiring) -> Iterator[Finding]:
    """Exactly its sender: SNS does not try again when a queue refuses it."""
    expected = set(senders(wiring))
    granted = set(_granted(wiring))
    for it in sorted(expected - granted):
        yield Finding(
            it.queue,
            f"lets {it.source} in by no policy: allow {it.service} to sqs:SendMessage to it, with "
            f"aws:SourceArn of {it.source}.",
            it.source,
        )
    for it in sorted(granted - expected):
        yield Finding(
            it.queue,
            f"lets {it.service or 'anyone'} in as {it.source or 'anybody'}, which never sends to "
            "it: take the statement away, or name its true sender in aws:SourceArn.",
            it.source,
        )


def _granted(wiring: Wiring) -> Iterator[Sender]:
    for _, policy in wiring.of("AWS::SQS::QueuePolicy"):
        queues = {wiring.named(it) for it in policy["Queues"]}
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                yield from _granted_by(wiring, statement, queues)


def _granted_by(wiring: Wiring, statement: Properties, queues: set[str]) -> Iterator[Sender]:
    conditions = statement.get("Condition", {}).get("ArnEquals", {})
    sources = listed(conditions.get("aws:SourceArn", ""))
    principal = statement["Principal"]
    service = principal.get("Service", "") if isinstance(principal, dict) else str(principal)
    sends = listed(statement["Action"]) == ["sqs:SendMessage"]
    for name, _ in wiring.of(QUEUE):
        if name in queues and covers(statement["Resource"], wiring.arn(name)):
            for source in sources:
                # More than sending is nothing that a sender needs.
                yield Sender(name, service if sends else "more than a sender", wiring.named(source))
