"""All rules, and the findings that the template's metadata does not suppress."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.template_lint import (
    batches,
    email_events,
    fan_out,
    invocations,
    limits,
    loops,
    monitoring,
    queues,
    recorded_calls,
    roles,
    runbook,
    steps,
)
from tests.template_lint.findings import Finding
from tests.template_lint.sam_transform import (
    PARAMETER_SETS,
    Source,
    resolve_wiring,
    suppressions,
    transform_template,
)
from tests.template_lint.wiring import Wiring


@dataclass(frozen=True)
class Rule:
    """``summary`` is printed in the table of rules; ``find`` yields the findings."""

    name: str
    summary: str
    find: Callable[[Wiring], Iterator[Finding]]


RULES = (
    Rule("W1", "Visibility timeouts are six function timeouts", queues.check_visibility_timeout),
    Rule("W2", "Every queue has a dead-letter queue", queues.check_dead_letter_queue),
    Rule("W3", "Queue policies allow the senders only", queues.check_queue_policy),
    Rule("W4", "Subscriptions deliver raw, with a redrive policy", fan_out.check_subscriptions),
    Rule("W5", "Filter policies match the consumers", fan_out.check_filter_policies),
    Rule("W6", "Batches report item failures", batches.check_batch_item_failures),
    Rule("W7", "MaximumConcurrency fits the function", batches.check_maximum_concurrency),
    Rule(
        "W8",
        "Asynchronous functions have a destination",
        invocations.check_failure_destinations,
    ),
    Rule("W9", "No function invokes itself by an upload", invocations.check_upload_loops),
    Rule("W10", "Invoke permissions name the callers only", invocations.check_invoke_permissions),
    Rule("W10", "Mappings and rules are enabled", invocations.check_enabled),
    Rule("W11", "Roles allow what the wiring needs", roles.check_wiring_is_granted),
    Rule("W11", "Resources in settings are allowed", roles.check_settings_are_granted),
    Rule("W11", "Roles name resources of the template", roles.check_grants_name_own_resources),
    Rule("W11", "Roles allow every recorded call", recorded_calls.check_recorded_calls_are_granted),
    Rule("W11", "Roles allow nothing else", recorded_calls.check_grants_are_used),
    Rule("W12", "Steps have timeout, retries and catch", steps.check_steps),
    Rule("W13", "Failed executions are reported", steps.check_failed_executions),
    Rule("W14", "Everything that can fail has an alarm", monitoring.check_alarms_exist),
    Rule("W14", "Every alarm notifies a topic", monitoring.check_alarm_actions),
    Rule("W14", "Alarms and runbook pages match", runbook.check_runbook_links),
    Rule("W15", "The stream mapping loses no event", batches.check_stream_mapping),
    Rule("W16", "Logs have a retention", limits.check_log_retention),
    Rule("W17", "Every route is throttled", limits.check_route_throttling),
    Rule("W18", "No role has wildcards", roles.check_no_wildcards),
    Rule("W19", "Loops of a workflow wait and end", loops.check_loops),
    Rule("W20", "Events of SES reach a worker", email_events.check_email_events),
)


def check(source: Source, rules: Iterable[Rule] = RULES) -> list[Finding]:
    """Return the unsuppressed findings; a suppression without a finding is a finding too."""
    template = transform_template(source.template)
    wirings = [resolve_wiring(source, template, parameters) for parameters in PARAMETER_SETS]
    findings = list(
        dict.fromkeys(  # each once, even if it appears with every parameter set
            it.with_rule(rule.name)
            for wiring in wirings
            for rule in rules
            for it in rule.find(wiring)
        )
    )
    suppressed = suppressions(source.template)
    remaining = [it for it in findings if it.key not in suppressed.get(it.resource, {})]
    return [*remaining, *_unused_suppressions(suppressed, findings)]


def _unused_suppressions(
    suppressed: Mapping[str, Mapping[str, str]], findings: list[Finding]
) -> Iterator[Finding]:
    used = {(it.resource, it.key) for it in findings}
    for resource, keys in suppressed.items():
        for key in keys:
            if (resource, key) not in used:
                advice = f"suppresses {key}, which has no finding: remove the suppression."
                yield Finding(resource, advice, rule=key)
