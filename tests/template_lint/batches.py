"""W6, W7 and W15: event source mappings of queues and of the table's stream."""

import json
from collections.abc import Iterator
from typing import Any

from tests.template_lint.dead_lettering import failure_destination
from tests.template_lint.findings import Finding
from tests.template_lint.wiring import QUEUE, Properties, Wiring, as_list

TABLE = "AWS::DynamoDB::Table"
MIN_POLLERS, MAX_POLLERS = 2, 1_000


def check_batch_item_failures(wiring: Wiring) -> Iterator[Finding]:
    for place, mapping in wiring.mappings_from(QUEUE):
        if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []):
            yield Finding(
                place,
                "deletes failed messages with the rest of their batch: set FunctionResponseTypes "
                "to [ReportBatchItemFailures].",
            )


def check_maximum_concurrency(wiring: Wiring) -> Iterator[Finding]:
    """Pollers ignore reserved concurrency, and each throttled message counts as a receive."""
    for place, mapping in wiring.mappings_from(QUEUE):
        maximum = mapping.get("ScalingConfig", {}).get("MaximumConcurrency")
        worker = wiring.logical_id(mapping["FunctionName"])
        reserved = wiring.properties(worker).get("ReservedConcurrentExecutions", MAX_POLLERS)
        if maximum is None:
            yield Finding(
                place,
                f"lets {worker} use all of the account's concurrency: set "
                "ScalingConfig.MaximumConcurrency.",
            )
        elif not MIN_POLLERS <= maximum <= min(int(reserved), MAX_POLLERS):
            yield Finding(
                place,
                f"has a MaximumConcurrency of {maximum} for {worker}, whose concurrency is "
                f"{reserved}: set it between {MIN_POLLERS} and that, or throttled messages end in "
                "the dead-letter queue.",
            )


def check_stream_mapping(wiring: Wiring) -> Iterator[Finding]:
    for place, mapping in wiring.mappings_from(TABLE):
        settings = (*_start_settings(mapping), *_failure_settings(wiring, mapping))
        for subject, is_right, advice in settings:
            if not is_right:
                yield Finding(place, advice, subject)
        yield from _check_filter(wiring, place, mapping)
        if not wiring.properties(mapping["EventSourceArn"]).get("StreamSpecification"):
            yield Finding(place, "reads a table without a stream: give it one.", "stream")


def _start_settings(mapping: Properties) -> Iterator[tuple[str, bool, str]]:
    yield (
        "start",
        mapping.get("StartingPosition") == "TRIM_HORIZON",
        "misses rows written while it is created: set StartingPosition to TRIM_HORIZON.",
    )
    yield (
        "bisect",
        mapping.get("BisectBatchOnFunctionError") is True,
        "lets one bad row block the others: set BisectBatchOnFunctionError to true.",
    )


def _failure_settings(wiring: Wiring, mapping: Properties) -> Iterator[tuple[str, bool, str]]:
    yield (
        "attempts",
        2 <= mapping.get("MaximumRetryAttempts", -1) <= 100,
        "retries a bad row for a day, or hardly at all: set MaximumRetryAttempts, for example 10.",
    )
    yield (
        "age",
        60 <= mapping.get("MaximumRecordAgeInSeconds", -1) < 86_400,
        "can block on a row for a day: set MaximumRecordAgeInSeconds to about an hour.",
    )
    yield (
        "destination",
        wiring.type_of(failure_destination(mapping)) == QUEUE,
        "drops failed rows silently: set DestinationConfig.OnFailure to a queue of this template.",
    )


def _check_filter(wiring: Wiring, place: str, mapping: Properties) -> Iterator[Finding]:
    filters = mapping.get("FilterCriteria", {}).get("Filters", [])
    patterns = [json.loads(it["Pattern"]) for it in filters]

    def passes(row: Any) -> bool:
        return not patterns or any(matches_pattern(it, row) for it in patterns)

    if not passes(wiring.events.event_row):
        yield Finding(place, "filters out event rows: correct the pattern.", "filter")
    if passes(wiring.events.other_row):
        yield Finding(
            place, "invokes its worker for rows that are no events: filter them.", "filter"
        )


def matches_pattern(pattern: Any, value: Any) -> bool:
    """Match as EventBridge and Lambda's event filters do.

    Each key of the pattern has one of the listed values; of a list, one element is enough.
    """
    if isinstance(pattern, list):
        return any(it in pattern for it in as_list(value))
    return isinstance(value, dict) and all(
        key in value and matches_pattern(it, value[key]) for key, it in pattern.items()
    )
