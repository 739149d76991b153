"""All the rules, and the findings that the template does not excuse."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.template_lint import (
    batches,
    calls,
    fan_out,
    limits,
    monitoring,
    queues,
    recorded_calls,
    roles,
    runbook,
    steps,
)
from tests.template_lint.findings import Finding
from tests.template_lint.sam_transform import CHOICES, Source, excuses, translated, wiring_of
from tests.template_lint.wiring import Wiring


@dataclass(frozen=True)
class Rule:
    """``holds`` is what stands in the table; ``look`` finds where it does not."""

    name: str
    holds: str
    look: Callable[[Wiring], Iterator[Finding]]


RULES = (
    Rule("W1", "Queues hide messages six timeouts long", queues.hides_long_enough),
    Rule("W2", "Every queue has dead letters, kept longer", queues.has_dead_letters),
    Rule("W3", "A queue's policy lets in its senders alone", queues.lets_its_sender_in),
    Rule("W4", "Subscriptions deliver raw, and bury", fan_out.delivers_raw_and_buries),
    Rule("W5", "Filters pass what consumers act on", fan_out.filters_what_is_wanted),
    Rule("W6", "Batches report single failures", batches.reports_single_failures),
    Rule("W7", "Mappings ask no more than may run", batches.asks_no_more_than_may_run),
    Rule("W8", "Asynchronous calls bury what failed", calls.buries_what_failed),
    Rule("W9", "No upload calls its own function", calls.never_calls_itself),
    Rule("W10", "Functions let in their callers alone", calls.lets_its_callers_in),
    Rule("W10", "No caller is switched off", calls.are_switched_on),
    Rule("W11", "Roles allow what wiring needs", roles.allow_what_is_needed),
    Rule("W11", "Settings name what is allowed", roles.settings_lead_somewhere),
    Rule("W11", "Roles name what is there", roles.lead_to_what_is_there),
    Rule("W11", "Roles allow what was seen called", recorded_calls.grants_what_is_called),
    Rule("W11", "Roles allow nothing else", recorded_calls.grants_nothing_else),
    Rule("W12", "Steps end, try again, and have a way out", steps.ends_and_tries_again),
    Rule("W13", "Executions that end badly are heard of", steps.is_heard_when_it_ends_badly),
    Rule("W14", "What can fail has an alarm", monitoring.is_watched),
    Rule("W14", "Every alarm tells somebody", monitoring.tells_somebody),
    Rule("W14", "Alarms and runbook know each other", runbook.leads_to_its_page),
    Rule("W15", "The stream is followed from its start", batches.follows_the_stream),
    Rule("W16", "Logs are kept for so many days", limits.forgets_its_log),
    Rule("W17", "Each route is throttled", limits.throttles_each_route),
    Rule("W18", "No role allows `*`", roles.name_everything),
)


def check(source: Source, rules: Iterable[Rule] = RULES) -> list[Finding]:
    """What is wrong and not excused; an excuse that excuses nothing is a finding too."""
    template = translated(source.template)
    wirings = [wiring_of(source, template, choice) for choice in CHOICES]
    found = list(
        dict.fromkeys(  # once, though it be wrong under every choice
            it.under(rule.name) for wiring in wirings for rule in rules for it in rule.look(wiring)
        )
    )
    excused = excuses(source.template)
    left = [it for it in found if it.key not in excused.get(it.place, {})]
    return [*left, *_idle(excused, found)]


def _idle(excused: Mapping[str, Mapping[str, str]], found: list[Finding]) -> Iterator[Finding]:
    needed = {(it.place, it.key) for it in found}
    for place, keys in excused.items():
        for key in keys:
            if (place, key) not in needed:
                yield Finding(place, f"excuses {key}, which is kept: remove the excuse.", rule=key)
