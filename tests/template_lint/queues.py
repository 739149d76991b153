"""W1 to W3: visibility timeouts, dead-letter queues and policies of queues."""

from collections.abc import Iterator

from tests.template_lint.dead_lettering import dead_letter_queues
from tests.template_lint.findings import Finding
from tests.template_lint.policy_statements import pattern_matches
from tests.template_lint.senders import Sender, expected_senders
from tests.template_lint.wiring import QUEUE, Properties, Wiring, as_list

RECEIVE_COUNT = 1000  # the maximum of SQS
MIN_RETRY_SECONDS = 259_200  # three days, after which the workers themselves move a message
MAX_BACKOFF_SECONDS = 900  # of the workers, until a message is three days old
DEFAULT_VISIBILITY = 30
DEFAULT_RETENTION = 345_600  # four days
SHORT_RETENTION = 604_800  # a week: people may be away for as long


def check_visibility_timeout(wiring: Wiring) -> Iterator[Finding]:
    """Six function timeouts: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
    for _, mapping in wiring.mappings_from(QUEUE):
        worker = wiring.logical_id(mapping["FunctionName"])
        timeout = wiring.properties(worker).get("Timeout", 3)
        minimum = 6 * timeout + mapping.get("MaximumBatchingWindowInSeconds", 0)
        visibility = wiring.properties(mapping["EventSourceArn"]).get(
            "VisibilityTimeout", DEFAULT_VISIBILITY
        )
        if visibility < minimum:
            yield Finding(
                wiring.logical_id(mapping["EventSourceArn"]),
                f"has a visibility timeout of {visibility} s, but {worker} may take {timeout} s: "
                f"set VisibilityTimeout to {minimum} or more (six timeouts and the window).",
            )


def check_dead_letter_queue(wiring: Wiring) -> Iterator[Finding]:
    dead_letter_ids = set(dead_letter_queues(wiring))
    for name, queue in wiring.of_type(QUEUE):
        redrive = queue.get("RedrivePolicy")
        if redrive:
            yield from _check_redrive(wiring, name, queue)
        elif name in dead_letter_ids:
            yield from _check_retention(name, queue)
        else:
            yield Finding(
                name,
                "has no RedrivePolicy and is not a dead-letter queue: failing messages are retried "
                "until they expire. Set a RedrivePolicy with a maxReceiveCount of "
                f"{RECEIVE_COUNT}.",
            )


def _check_retention(name: str, queue: Properties) -> Iterator[Finding]:
    if queue.get("MessageRetentionPeriod", DEFAULT_RETENTION) <= SHORT_RETENTION:
        yield Finding(
            name,
            "deletes failed messages after a week or less: set MessageRetentionPeriod to 1209600, "
            "two weeks.",
        )


def _check_redrive(wiring: Wiring, name: str, queue: Properties) -> Iterator[Finding]:
    redrive = queue["RedrivePolicy"]
    yield from _check_receive_count(name, queue)
    target = redrive["deadLetterTargetArn"]
    if wiring.type_of(target) != QUEUE:
        yield Finding(
            name,
            f"redrives to {wiring.logical_id(target)}, no queue of this template: name one.",
        )
        return
    retention, dead_letter_retention = (
        it.get("MessageRetentionPeriod", DEFAULT_RETENTION)
        for it in (queue, wiring.properties(target))
    )
    if dead_letter_retention <= retention:
        yield Finding(
            name,
            f"keeps messages for {retention} s, and its dead-letter queue for "
            f"{dead_letter_retention} s from the first enqueueing: keep them longer there.",
        )


def _check_receive_count(name: str, queue: Properties) -> Iterator[Finding]:
    """Throttled invocations count as receives, one per visibility timeout."""
    visibility = queue.get("VisibilityTimeout", DEFAULT_VISIBILITY)
    lasts = queue["RedrivePolicy"].get("maxReceiveCount", 0) * visibility
    if lasts < MIN_RETRY_SECONDS:
        yield Finding(
            name,
            f"gives up after {lasts} s of throttling: set maxReceiveCount to {RECEIVE_COUNT} "
            f"and VisibilityTimeout to {-(-MIN_RETRY_SECONDS // RECEIVE_COUNT)} or more.",
        )
    yield from _check_queue_retention(name, queue, visibility)


def _check_queue_retention(name: str, queue: Properties, visibility: int) -> Iterator[Finding]:
    """SQS deletes what is not received often enough, so that its failure would go unnoticed.

    The longest way to the dead-letter queue: failures with the longest backoff for three days,
    then a function that does not start, whose messages return after the visibility timeout.
    """
    with_backoff = MIN_RETRY_SECONDS // MAX_BACKOFF_SECONDS
    others = max(0, queue["RedrivePolicy"].get("maxReceiveCount", 0) - with_backoff)
    longest = MIN_RETRY_SECONDS + others * visibility
    retention = queue.get("MessageRetentionPeriod", DEFAULT_RETENTION)
    if longest >= retention:
        yield Finding(
            name,
            f"deletes a message after {retention} s, which may reach the dead-letter queue only "
            f"after {longest} s: raise MessageRetentionPeriod, or lower VisibilityTimeout.",
        )


def check_queue_policy(wiring: Wiring) -> Iterator[Finding]:
    """The policy allows exactly the senders: SNS does not retry when a queue refuses it."""
    expected = set(expected_senders(wiring))
    granted = set(_granted_senders(wiring))
    for it in sorted(expected - granted):
        yield Finding(
            it.queue,
            f"has no policy for {it.source}: allow sqs:SendMessage for {it.service} with the "
            f"aws:SourceArn of {it.source}.",
            it.source,
        )
    yield from _check_policy_resources(wiring)
    for it in sorted(granted - expected):
        yield Finding(
            it.queue,
            f"allows {it.service or 'any service'} as {it.source or 'any source'}, which never "
            "sends to it: remove the statement, or name the sender in aws:SourceArn.",
            it.source,
        )


def _check_policy_resources(wiring: Wiring) -> Iterator[Finding]:
    """SQS sets the whole policy on each queue, and refuses a statement about another queue."""
    for name, policy in wiring.of_type("AWS::SQS::QueuePolicy"):
        resources = [it["Resource"] for it in policy["PolicyDocument"]["Statement"]]
        if len(policy["Queues"]) > 1 and any(it != "*" for it in resources):
            yield Finding(
                name,
                "sets a statement about one queue on another, which SQS refuses: write "
                'Resource: "*", which means the queue that has the policy.',
            )


def _granted_senders(wiring: Wiring) -> Iterator[Sender]:
    for _, policy in wiring.of_type("AWS::SQS::QueuePolicy"):
        queues = {wiring.logical_id(it) for it in policy["Queues"]}
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                yield from _senders_in_statement(wiring, statement, queues)


def _senders_in_statement(
    wiring: Wiring, statement: Properties, queues: set[str]
) -> Iterator[Sender]:
    conditions = statement.get("Condition", {}).get("ArnEquals", {})
    sources = as_list(conditions.get("aws:SourceArn", ""))
    principal = statement["Principal"]
    service = principal.get("Service", "") if isinstance(principal, dict) else str(principal)
    sends = as_list(statement["Action"]) == ["sqs:SendMessage"]
    for name, _ in wiring.of_type(QUEUE):
        if name in queues and pattern_matches(statement["Resource"], wiring.arn(name)):
            for source in sources:
                # A sender needs no action but sqs:SendMessage.
                allowed = service if sends else "more than sending"
                yield Sender(name, allowed, wiring.logical_id(source))
