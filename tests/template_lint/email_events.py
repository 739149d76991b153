"""W20: every event that SES reports to EventBridge reaches a worker."""

from collections.abc import Iterator
from typing import Any

from tests.template_lint.batches import matches_pattern
from tests.template_lint.findings import Finding
from tests.template_lint.wiring import RULE, Properties, Wiring

DESTINATION = "AWS::SES::ConfigurationSetEventDestination"
# The detail-type of each event type that a destination can report.
# https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html
DETAIL_TYPES = {"bounce": "Email Bounced", "complaint": "Email Complaint Received"}


def check_email_events(wiring: Wiring) -> Iterator[Finding]:
    for place, properties in wiring.of_type(DESTINATION):
        destination = properties["EventDestination"]
        if "EventBridgeDestination" not in destination:
            continue
        for event_type in destination["MatchingEventTypes"]:
            event = _sample_event(event_type, properties["ConfigurationSetName"])
            if not any(_reports(wiring, rule, event) for _, rule in wiring.of_type(RULE)):
                yield Finding(
                    place,
                    f"reports a {event_type} that no rule matches: let an AWS::Events::Rule for "
                    f"{event['detail-type']!r} of aws.ses send it to a queue with a worker.",
                    event_type,
                )


def _sample_event(event_type: str, configuration_set: str) -> dict[str, Any]:
    return {
        "source": "aws.ses",
        "detail-type": DETAIL_TYPES.get(event_type, event_type),
        "detail": {"mail": {"tags": {"ses:configuration-set": [configuration_set]}}},
    }


def _reports(wiring: Wiring, rule: Properties, event: dict[str, Any]) -> bool:
    return (
        rule.get("State", "ENABLED") == "ENABLED"
        and matches_pattern(rule.get("EventPattern", {"source": []}), event)
        and any(wiring.has_worker(it["Arn"]) for it in rule.get("Targets", []))
    )
