"""W6, W7 and W15: how a worker gets its batches from a queue, and from the stream."""

import json
from collections.abc import Iterator
from typing import Any

from tests.template_lint.dead_lettering import after_failure
from tests.template_lint.findings import Finding
from tests.template_lint.wiring import QUEUE, Properties, Wiring

TABLE = "AWS::DynamoDB::Table"
FEWEST_POLLERS, MOST_POLLERS = 2, 1_000


def reports_single_failures(wiring: Wiring) -> Iterator[Finding]:
    for place, mapping in wiring.mappings(QUEUE):
        if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []):
            yield Finding(
                place,
                "ignores which messages of a batch failed, and deletes them with the others: set "
                "FunctionResponseTypes to [ReportBatchItemFailures].",
            )


def asks_no_more_than_may_run(wiring: Wiring) -> Iterator[Finding]:
    """Mappings do not know of reserved concurrency; what is throttled counts as a try."""
    for place, mapping in wiring.mappings(QUEUE):
        most = mapping.get("ScalingConfig", {}).get("MaximumConcurrency")
        worker = wiring.named(mapping["FunctionName"])
        reserved = wiring.properties(worker).get("ReservedConcurrentExecutions", MOST_POLLERS)
        if most is None:
            yield Finding(
                place,
                f"lets {worker} take all the account's concurrency: set "
                "ScalingConfig.MaximumConcurrency.",
            )
        elif not FEWEST_POLLERS <= most <= min(int(reserved), MOST_POLLERS):
            yield Finding(
                place,
                f"runs {most} of {worker} at once, of which {reserved} may: set MaximumConcurrency "
                f"between {FEWEST_POLLERS} and that, or throttled messages end as dead letters.",
            )


def follows_the_stream(wiring: Wiring) -> Iterator[Finding]:
    for place, mapping in wiring.mappings(TABLE):
        for about, kept, advice in (*_where_it_starts(mapping), *_when_it_fails(wiring, mapping)):
            if not kept:
                yield Finding(place, advice, about)
        yield from _filters_events(wiring, place, mapping)
        if not wiring.properties(mapping["EventSourceArn"]).get("StreamSpecification"):
            yield Finding(place, "reads a table without a stream: give it one.", "stream")


def _where_it_starts(mapping: Properties) -> Iterator[tuple[str, bool, str]]:
    yield (
        "start",
        mapping.get("StartingPosition") == "TRIM_HORIZON",
        "may miss what is written while it is made: set StartingPosition to TRIM_HORIZON.",
    )
    yield (
        "bisect",
        mapping.get("BisectBatchOnFunctionError") is True,
        "lets one bad row hold up the others: set BisectBatchOnFunctionError to true.",
    )


def _when_it_fails(wiring: Wiring, mapping: Properties) -> Iterator[tuple[str, bool, str]]:
    yield (
        "tries",
        2 <= mapping.get("MaximumRetryAttempts", -1) <= 100,
        "tries a bad row for a day, or hardly at all: set MaximumRetryAttempts, 10 for example.",
    )
    yield (
        "age",
        60 <= mapping.get("MaximumRecordAgeInSeconds", -1) < 86_400,
        "may block on a row for a day: set MaximumRecordAgeInSeconds to an hour or so.",
    )
    yield (
        "destination",
        wiring.kind(after_failure(mapping)) == QUEUE,
        "gives rows up in silence: set DestinationConfig.OnFailure to a queue of ours.",
    )


def _filters_events(wiring: Wiring, place: str, mapping: Properties) -> Iterator[Finding]:
    filters = mapping.get("FilterCriteria", {}).get("Filters", [])
    patterns = [json.loads(it["Pattern"]) for it in filters]

    def passes(row: Any) -> bool:
        return not patterns or any(matches(it, row) for it in patterns)

    if not passes(wiring.catalogue.event_row):
        yield Finding(place, "filters the events themselves out: mend the pattern.", "filter")
    if passes(wiring.catalogue.other_row):
        yield Finding(place, "wakes its worker for rows that are no events: filter them.", "filter")


def matches(pattern: Any, value: Any) -> bool:
    """As a filter does: every key named must be there, with one of the values listed."""
    if isinstance(pattern, list):
        return value in pattern
    return isinstance(value, dict) and all(
        key in value and matches(it, value[key]) for key, it in pattern.items()
    )
